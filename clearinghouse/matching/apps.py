"""Registers the app."""

from django.apps import AppConfig


class MatchingConfig(AppConfig):
    """Deciding: rounds, sealed input, runs, decisions."""

    name = "clearinghouse.matching"
    label = "matching"
