"""Print who a visitor of the demonstration may sign in as."""

from typing import Any

from django.core.management.base import BaseCommand

from clearinghouse.demo import visitors


class Command(BaseCommand):
    """`manage.py demo_logins`"""

    help = "Print the accounts of the demonstration by role."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print the list."""
        self.stdout.write(visitors.logins())
