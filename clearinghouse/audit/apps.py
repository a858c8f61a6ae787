"""Registers the app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """What happened. Append-only."""

    name = "clearinghouse.audit"
    label = "audit"
