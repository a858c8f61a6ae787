"""Registers the app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who is who."""

    name = "accounts"
