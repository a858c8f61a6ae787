"""Registers the app."""

from django.apps import AppConfig


class StatisticsConfig(AppConfig):
    """Every published number, in numbered releases that nobody can change."""

    name = "clearinghouse.statistics"
    label = "statistics"
