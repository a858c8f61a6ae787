"""Registers the app."""

from django.apps import AppConfig


class BackgroundConfig(AppConfig):
    """The door for the clock and for operators."""

    name = "clearinghouse.background"
    label = "background"
