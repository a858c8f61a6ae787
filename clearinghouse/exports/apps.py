"""Registers the app."""

from django.apps import AppConfig


class ExportsConfig(AppConfig):
    """Files of several people's records."""

    name = "clearinghouse.exports"
    label = "exports"
