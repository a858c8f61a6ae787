"""Registers the app."""

from django.apps import AppConfig


class QuotasConfig(AppConfig):
    """Places: quotas of labour visas, their reserve and their counters."""

    name = "clearinghouse.quotas"
    label = "quotas"
