"""`rotate_wrapping_key`: wrap the key of each person with the present wrapping key."""

from typing import Any

from django.core.management.base import BaseCommand

from clearinghouse.protection import services
from clearinghouse.shared import clock


class Command(BaseCommand):
    """Turn the wrapping key; the old one stands in WRAPPING_KEYS_RETIRED until this is done."""

    help = "Wrap the keys of persons with the present WRAPPING_KEY."

    def handle(self, **_options: Any) -> None:
        """Print how many keys were wrapped anew."""
        count = services.rotate_wrapping_key(now=clock.now())
        self.stdout.write(f"{count} keys wrapped anew")
