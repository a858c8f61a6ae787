"""Registers the app."""

from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    """Asking: applications, ranked wishes, nominations."""

    name = "clearinghouse.applications"
    label = "applications"
