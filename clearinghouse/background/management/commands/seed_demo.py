"""Load the invented world of the demonstration, once; mend one of an older version."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.queries import find_user
from clearinghouse.demo import cast, mending, story
from clearinghouse.shared import clock


class Command(BaseCommand):
    """`manage.py seed_demo`"""

    help = "Load the demonstration: real states and programmes, invented people."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Load the world, or add what a world that is there already is lacking."""
        if not settings.DEMO_MODE:
            raise CommandError("This is not a demonstration (DEMO_MODE is off).")
        if find_user(f"operator@{cast.DOMAIN}"):
            if count := mending.mend():
                self.stderr.write(f"second factors for {count} officials of older example data")
            return
        story.tell(now=clock.now(), say=self.stderr.write)
