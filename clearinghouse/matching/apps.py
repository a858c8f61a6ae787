"""Registers the app."""

from django.apps import AppConfig
from django.core import checks

from clearinghouse.shared.checks import check_signing_keys


class MatchingConfig(AppConfig):
    """Deciding: rounds, sealed input, runs, decisions."""

    name = "clearinghouse.matching"
    label = "matching"

    def ready(self) -> None:
        """Let `check --deploy` ask for the keys that sign explanations."""
        checks.register(check_signing_keys, deploy=True)
