"""Bring a demonstration's database up to date: tables, reference data, the invented world."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """`manage.py demo_prepare`"""

    help = "Migrate, load reference data and the demonstration, in one process."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Do the four steps; each may run again on a filled database."""
        for headline, name in (
            ("Database", "migrate"),
            ("Reference data", "load_reference"),
            ("Example data", "seed_demo"),
            ("Hidings", "sweep_shields"),
        ):
            self.stderr.write(f"{headline} ...")
            call_command(name, verbosity=0, stderr=self.stderr, stdout=self.stderr)
