"""Registers the app."""

from django.apps import AppConfig


class OffersConfig(AppConfig):
    """Offers, acceptance, lapse, and what happens to a freed place."""

    name = "clearinghouse.offers"
    label = "offers"
