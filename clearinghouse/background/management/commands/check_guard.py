"""`check_guard`: compare the database's catalogue with the declarations."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from clearinghouse.guard.catalogue import find_faults


class Command(BaseCommand):
    """Find tables, policies, functions, views, logins and grants that nobody declared."""

    help = "Compare logins, grants and policies of the database with what is declared."

    def handle(self, **_options: Any) -> None:
        """Print each fault in a line and fail, or say that there is none."""
        with connection.cursor() as cursor:
            faults = find_faults(cursor)
        for fault in faults:
            self.stdout.write(fault)
        if faults:
            raise CommandError("The database is not guarded as declared.")
        self.stdout.write("logins, grants and policies are as declared")
