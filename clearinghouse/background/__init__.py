"""The door for the clock and for operators."""
