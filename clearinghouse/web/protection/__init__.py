"""Pages for the protection body."""
