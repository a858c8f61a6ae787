"""What happened. Append-only."""
