"""Registers the app."""

from django.apps import AppConfig


class SimulationConfig(AppConfig):
    """What would have been."""

    name = "clearinghouse.simulation"
    label = "simulation"
