"""Registers the app."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Where every place of every posting is, in double entry."""

    name = "clearinghouse.ledger"
    label = "ledger"
