"""Workers, their profiles and the mandates of helpers."""
