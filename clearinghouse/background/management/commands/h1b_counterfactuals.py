"""`h1b_counterfactuals`: what "20,000 reserved" meant in 2018, found again by the engine."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clearinghouse.simulation import h1b


class Command(BaseCommand):
    """Draw lots for the H-1B visas of 2018 under four rules, and compare with the sources."""

    help = "Print the H-1B visas of 2018 under four rules beside engine runs over several draws."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the number of draws and the scale."""
        parser.add_argument("--draws", type=int, default=12, help="draws for each rule")
        parser.add_argument("--scale", type=int, default=1, help="use 1/SCALE of the people")

    def handle(self, *, draws: int, scale: int, **_options: Any) -> None:
        """Print one line a rule; fail if the engine does not agree with a sourced figure."""
        if not 1 <= draws <= 1000 or scale not in {1, 10, 100, 1000}:
            raise CommandError("Give 1 to 1000 draws, and a scale of 1, 10, 100 or 1000.")
        case = h1b.story()
        self.stdout.write(
            f"{case.reserved_applicants + case.other_applicants:,} applicants,"
            f" {case.reserved_applicants:,} of them of the reserved group;"
            f" {case.open_places + case.reserved_places:,} places,"
            f" {case.reserved_places:,} of them reserved"
        )
        self.stdout.write(f"{draws} draws at 1/{scale} of the size\n")
        self.stdout.write(f"{'rule':28}{'sourced':>10}{'engine':>12}{'+-':>8}")
        wrong = 0
        for row in h1b.draw_counterfactuals(draws=draws, scale=scale):
            verdict = "agrees" if row.agrees else "DIFFERS"
            wrong += not row.agrees
            self.stdout.write(
                f"{row.rule:28}{row.expected * scale:>10,.0f}{row.mean * scale:>12,.1f}"
                f"{row.error * scale:>8,.1f}  {verdict}"
            )
        self.stdout.write(f"source: {case.source_title}, {case.source_url}")
        self.stdout.write(f"see also: {case.paper_title}, {case.paper_url}")
        if wrong:
            raise CommandError("The engine does not give the sourced figures.")
