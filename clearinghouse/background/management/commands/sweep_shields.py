"""`sweep_shields`: hide everybody who seeks protection and was never hidden, before doors open."""

from typing import Any

from django.core.management.base import BaseCommand

from clearinghouse.shared import clock
from clearinghouse.shielding import services


class Command(BaseCommand):
    """Do at once, after an upgrade, what the clock does in parts every five minutes."""

    help = "Hide people who seek protection from states that they were never hidden from."

    def handle(self, **_options: Any) -> None:
        """Print how many states were hidden from; nobody is left when it returns."""
        raised = 0
        while found := services.sweep(now=clock.now())["raised"]:
            raised += found
        self.stdout.write(f"{raised} hidings raised")
