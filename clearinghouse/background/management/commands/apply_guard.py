"""`apply_guard`: bring logins, grants and policies to what is declared."""

from typing import Any

from django.core.management.base import BaseCommand

from clearinghouse.guard.applying import apply_guard


class Command(BaseCommand):
    """Do what `migrate` does at its end; to be run as the owner of the tables."""

    help = "Create missing logins of the database and apply all grants and policies."

    def handle(self, **_options: Any) -> None:
        """Apply and say so."""
        apply_guard()
        self.stdout.write("grants and policies are as declared")
