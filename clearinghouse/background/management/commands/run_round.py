"""`run_round NUMBER`: do the waiting run of a round in this process, without the queue."""

import os
import socket
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clearinghouse.access.checks import SYSTEM
from clearinghouse.matching import queries, services
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError


class Command(BaseCommand):
    """Do what the background worker would do, for the day on which it cannot."""

    help = "Do the waiting run of a round in this process, without the queue."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the round's number."""
        parser.add_argument("number", type=int, help="number of the round")

    def handle(self, *, number: int, **_options: Any) -> None:
        """Claim and do the run; say what became of it."""
        try:
            progress = queries.progress_of(queries.get_round(SYSTEM, number))
        except DomainError as error:
            raise CommandError(str(error)) from error
        if progress is None:
            raise CommandError("Nobody has asked for a run of this round yet.")
        run = services.execute_run(
            run_id=progress.run_id, pid=os.getpid(), host=socket.gethostname(), clock=clock.now
        )
        if run is None:
            raise CommandError("Another process is doing this run, or it has ended already.")
        if run.failure:
            raise CommandError(f"The run has failed: {run.failure}")
        self.stdout.write(f"{run.people_placed} placed, plan {run.plan_digest}")
