"""Test objects, one module per app."""
