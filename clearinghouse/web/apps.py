"""Registers the app."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The door for people."""

    name = "clearinghouse.web"
    label = "web"

    def ready(self) -> None:
        """Listen to what people do with their second factors."""
        from clearinghouse.web import factors  # noqa: PLC0415 - needs loaded apps

        factors.connect()
