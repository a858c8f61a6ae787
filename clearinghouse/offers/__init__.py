"""Offers, acceptance, lapse, and what happens to a freed place."""
