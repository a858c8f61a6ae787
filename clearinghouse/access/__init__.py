"""Who may, as a readable table."""
