"""Registers the app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Workers, their profiles and the mandates of helpers."""

    name = "clearinghouse.people"
    label = "people"
