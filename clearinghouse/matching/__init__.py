"""Deciding: rounds, sealed input, runs, decisions."""
