"""`run_round NUMBER`: do the waiting run of a round in this process, without the queue."""

import os
import socket
import threading
from contextlib import nullcontext
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clearinghouse.access.checks import SYSTEM
from clearinghouse.matching import queries, services
from clearinghouse.matching.queries import Progress
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError
from clearinghouse.shared.leases import beside

_LOOK_EVERY = 0.5


class Command(BaseCommand):
    """Do what the background worker would do, for the day on which it cannot."""

    help = "Do the waiting run of a round in this process, or watch or cancel the run there is."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the round's number, and what to do instead."""
        parser.add_argument("number", type=int, help="number of the round")
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument(
            "--watch", action="store_true", help="say how far the run is, whoever does it"
        )
        choice.add_argument("--cancel", action="store_true", help="cancel the run")

    def handle(self, *, number: int, watch: bool, cancel: bool, **_options: Any) -> None:
        """Claim and do the run; say what became of it."""
        try:
            if cancel:
                services.cancel_run(by=SYSTEM, number=number, now=clock.now())
                self.stdout.write("cancelled")
                return
            progress = queries.progress_of(queries.get_round(SYSTEM, number))
        except DomainError as error:
            raise CommandError(str(error)) from error
        if progress is None:
            raise CommandError("Nobody has asked for a run of this round yet.")
        with beside(partial(self._follow, number), name="watch") if watch else nullcontext():
            run = services.execute_run(
                run_id=progress.run_id,
                pid=os.getpid(),
                host=socket.gethostname(),
                clock=clock.now,
                accelerate=True,
            )
        if run is None and watch:
            self._follow(number, threading.Event())
            run = queries.get_run(progress.run_id)
        if run is None:
            raise CommandError("Another process is doing this run, or it has ended already.")
        if run.failure:
            raise CommandError(f"The run has failed: {run.failure}")
        self.stdout.write(f"{run.people_placed} placed, plan {run.plan_digest}")

    def _follow(self, number: int, ended: threading.Event) -> None:
        """Print a line whenever something has changed, until the run or the block has ended."""
        last = ""
        while not ended.wait(_LOOK_EVERY if last else 0):
            progress = queries.progress_of(queries.get_round(SYSTEM, number))
            if progress is None or not progress.is_live:
                return
            line = _line(progress)
            if line != last:
                self.stdout.write(line)
                self.stdout.flush()
            last = line


def _line(progress: Progress) -> str:
    left = "" if progress.seconds_left is None else f", about {progress.seconds_left} s left"
    return (
        f"{progress.percent:3d} % {progress.stage}: {progress.rows_read} of {progress.rows_total}"
        f" ballots read, {progress.people_placed} placed{left}"
    )
