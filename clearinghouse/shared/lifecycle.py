"""A status table: which move is possible, as data that draws its own picture."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from clearinghouse.shared.errors import NotNow


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Possible moves of one noun.

    `moves` maps each status to the statuses that may follow; `start` lists the first ones. A
    status that leads nowhere is an end. The table is the documentation: `diagram` prints it.
    """

    noun: str
    start: frozenset[str]
    moves: Mapping[str, frozenset[str]]

    def check(self, current: str, to: str) -> None:
        """Refuse a move that is not in the table with `NotNow`."""
        if to not in self.moves[current]:
            raise NotNow(
                _("This step is not possible now. Reload the page to see what has changed."),
                code="move_not_possible",
                noun=self.noun,
                current=current,
                to=to,
            )

    def targets(self, current: str) -> frozenset[str]:
        """Return the statuses that may follow."""
        return self.moves[current]

    @property
    def statuses(self) -> frozenset[str]:
        """Return every status of the table."""
        return frozenset(self.moves)

    @property
    def ends(self) -> frozenset[str]:
        """Return the statuses that lead nowhere."""
        return frozenset(status for status, targets in self.moves.items() if not targets)

    def pairs(self) -> list[tuple[str, str]]:
        """List the moves as pairs, for a trigger that keeps them in the database too."""
        return [(current, to) for current, targets in self.moves.items() for to in sorted(targets)]

    def diagram(self) -> str:
        """Draw the table as a Mermaid state diagram, sorted, so that pages can be compared."""
        lines = ["stateDiagram-v2"]
        lines += [f"    [*] --> {status}" for status in sorted(self.start)]
        for current in sorted(self.moves):
            lines += [f"    {current} --> {to}" for to in sorted(self.moves[current])]
        lines += [f"    {status} --> [*]" for status in sorted(self.ends)]
        return "\n".join(lines)


def table(**moves: Iterable[str]) -> dict[str, frozenset[str]]:
    """Build the moves of a lifecycle from plain lists."""
    return {str(status): frozenset(map(str, targets)) for status, targets in moves.items()}
