"""Registers the app."""

from django.apps import AppConfig


class ProtectionConfig(AppConfig):
    """Refuge: dated determinations of protected status. Only this app writes them."""

    name = "clearinghouse.protection"
    label = "protection"
