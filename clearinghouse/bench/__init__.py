"""Measures the engine and the round against other ways to do the same, in one run."""
