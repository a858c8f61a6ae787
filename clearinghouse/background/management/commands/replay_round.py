"""`replay_round NUMBER`: compute every run of a round again from its sealed rows, and compare."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clearinghouse.access.checks import SYSTEM
from clearinghouse.matching import queries
from clearinghouse.shared.errors import DomainError


class Command(BaseCommand):
    """Prove that sealed rows, digests and written results belong together."""

    help = "Compute every run of a round again from its sealed rows, and compare digests."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the round's number."""
        parser.add_argument("number", type=int, help="number of the round")

    def handle(self, *, number: int, **_options: Any) -> None:
        """Print one line a run; fail if one of them differs."""
        try:
            replays = queries.replay(queries.get_round(SYSTEM, number), actor=SYSTEM)
        except DomainError as error:
            raise CommandError(str(error)) from error
        if not replays:
            raise CommandError("This round has no finished run.")
        for replay in replays:
            verdict = "agrees" if replay.agrees else "DIFFERS"
            self.stdout.write(
                f"generation {replay.generation}: {verdict}, plan {replay.plan_digest}"
            )
            for finding in replay.findings:
                self.stdout.write(f"  {finding}")
        if not all(replay.agrees for replay in replays):
            raise CommandError("What is stored is not what the sealed rows give.")
