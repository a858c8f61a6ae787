"""`check_shields`: compare every encrypted shield with the copies that hide people."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clearinghouse.applications.queries import count_wrong_shields as count_wrong_asking
from clearinghouse.offers.queries import count_wrong_shields as count_wrong_offers
from clearinghouse.protection import queries


class Command(BaseCommand):
    """Prove that the copies of all shields say what their sources say."""

    help = "Compare shields with their copies on people, applications, wishes and offers."

    def handle(self, **_options: Any) -> None:
        """Print numbers only; fail if a copy differs or a source cannot be read."""
        found = queries.check_sources()
        children = count_wrong_asking() + count_wrong_offers()
        self.stdout.write(
            f"{found.people} people, {found.wrong} copies wrong, {found.unreadable} unreadable, "
            f"{found.erased} erased, {children} rows below them wrong"
        )
        if found.wrong or found.unreadable or children:
            raise CommandError("Copies of shields differ from their sources.")
