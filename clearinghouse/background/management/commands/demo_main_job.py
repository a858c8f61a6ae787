"""Do the main job through the background worker; print one line of JSON."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clearinghouse.demo import main_job, story, visitors
from clearinghouse.shared import clock


class Command(BaseCommand):
    """`manage.py demo_main_job`"""

    help = (
        "Seal, draw, match, verify, certify, release round 1; progress on stderr, JSON on stdout."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take `--lived-in`: some people answer afterwards and accounts for visitors are named."""
        parser.add_argument("--lived-in", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do the job and print what the database says."""
        if not settings.DEMO_MODE:
            raise CommandError("This is not a demonstration (DEMO_MODE is off).")
        say = self.stderr.write
        found = main_job.do_main_job(story.ROUND_ONE, clock=clock.now, say=say)
        self.stdout.write(json.dumps(found))
        if options["lived_in"]:
            main_job.answer_some(story.ROUND_ONE, clock=clock.now, say=say)
            visitors.name_visitors()
            main_job.leave_rounds_waiting(
                story.ROUND_THREE, story.ROUND_FOUR, clock=clock.now, say=say
            )
