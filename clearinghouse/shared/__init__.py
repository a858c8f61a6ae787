"""Foundations without a domain noun."""
