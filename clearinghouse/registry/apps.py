"""Registers the app."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Who takes part: states, agencies, officers, occupations."""

    name = "clearinghouse.registry"
    label = "registry"
