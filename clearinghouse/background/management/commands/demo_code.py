"""Print the code that the authenticator app of an official of the demonstration shows now."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clearinghouse.demo import codes
from clearinghouse.shared import clock


class Command(BaseCommand):
    """`manage.py demo_code EMAIL`"""

    help = "Print the sign-in code of an official of the demonstration."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address."""
        parser.add_argument("email")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print six digits; each code works once, and a new one comes every half minute."""
        if not settings.DEMO_MODE:
            raise CommandError("This command works in the demonstration only.")
        code = codes.code_of(options["email"], seconds=clock.now().timestamp())
        if code is None:
            raise CommandError("Nobody with this address has a code from an app.")
        self.stdout.write(code)
