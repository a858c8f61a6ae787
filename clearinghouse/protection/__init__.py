"""Refuge: dated determinations of protected status. Only this app writes them."""
