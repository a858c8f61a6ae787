"""Why reserved places reverted, as counts that add up. Values in, values out."""

from dataclasses import dataclass

from clearinghouse.ledger.enums import Cause


@dataclass(frozen=True, slots=True)
class Asked:
    """How many protected people asked for one posting, by what became of their wish.

    `placed` hold a reserved place, `left` declined or let an offer lapse, `elsewhere` got a better
    place or an open one here, `failed` were not found eligible in time.
    """

    placed: int = 0
    left: int = 0
    elsewhere: int = 0
    failed: int = 0


def share_causes(unfilled: int, asked: Asked) -> dict[Cause, int]:
    """Put each unfilled reserved place down to one protected person, as far as there are any.

    First those who left, then those placed elsewhere, then those who failed the checks; the rest
    had no further eligible protected person, or none who asked at all. The counts add up to
    `unfilled`; this order is the project's design.
    """
    causes: dict[Cause, int] = {}
    for cause, people in (
        (Cause.DECLINED, asked.left),
        (Cause.PLACED_HIGHER, asked.elsewhere),
        (Cause.FAILED_CHECKS, asked.failed),
    ):
        causes[cause] = min(people, unfilled - sum(causes.values()))
    nobody = not (asked.placed or asked.left or asked.elsewhere or asked.failed)
    rest = Cause.NONE_RANKED if nobody else Cause.NO_ELIGIBLE
    causes[rest] = unfilled - sum(causes.values())
    return {cause: count for cause, count in causes.items() if count}
