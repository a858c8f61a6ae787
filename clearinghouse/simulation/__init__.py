"""What would have been: other rules on a sealed past pool, without touching anything live."""
