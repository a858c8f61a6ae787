"""The first page of each role, and a person's messages."""
