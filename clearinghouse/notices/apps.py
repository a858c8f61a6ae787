"""Registers the app."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Messages to people: an outbox in the database, sent by mail."""

    name = "clearinghouse.notices"
    label = "notices"
