"""Registers the app."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The door for programs."""

    name = "clearinghouse.api"
    label = "api"
