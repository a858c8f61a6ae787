"""`manage load_reference`: bring states, occupations and incompatible roles up to date."""

from typing import Any

from django.core.management.base import BaseCommand

from clearinghouse.registry import services


class Command(BaseCommand):
    """Loads the reference data of this release; a second run changes nothing."""

    requires_system_checks = []
    help = "Load states, occupations and incompatible roles from the data files of this release."

    def handle(self, *_args: Any, verbosity: int = 1, **_options: Any) -> None:
        """Load and print how many rows were written."""
        written = services.load_reference()
        if verbosity:
            self.stdout.write(f"reference data: {written} rows written")
