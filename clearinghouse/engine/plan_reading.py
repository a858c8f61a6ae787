"""Reads a plan in format mvch-plan/1, or refuses it with every problem and its place.

Only the shape is judged here; whether the plan is right is the verifier's question.
"""

from typing import Final

from .errors import Problems
from .fields import Fields, read_text
from .reading import read_format, read_hex
from .types import CLOSED, PLAN_FORMAT, Assignment, Bar, Cutoff, Plan, Seat

_PLAN: Final = frozenset({"format", "engine", "market_digest", "assignments", "cutoffs", "digest"})
_ASSIGNMENT: Final = frozenset({"candidate", "posting", "seat"})
_BARS: Final = frozenset({"others", "protected"})
_NODE: Final = frozenset({"posting", "cap"})
_BAR: Final = frozenset({"points", "candidate"})
_DIGEST_DIGITS: Final = 64


def read_plan(data: object) -> Plan:
    """Return the plan that a parsed mvch-plan/1 file describes. Raises InputError.

    Source: matching page, section 3.
    """
    problems = Problems()
    top = Fields(problems, "", data, _PLAN)
    read_format(top, PLAN_FORMAT)
    plan = Plan(
        engine=top.text("engine"),
        market_digest=read_hex(top, "market_digest", digits=_DIGEST_DIGITS),
        assignments=tuple(
            _read_assignment(problems, place, item) for place, item in top.items("assignments")
        ),
        cutoffs=tuple(_read_cutoff(problems, place, item) for place, item in top.items("cutoffs")),
        digest=read_hex(top, "digest", digits=_DIGEST_DIGITS),
    )
    problems.refuse_if_any()
    return plan


def _read_assignment(problems: Problems, place: str, item: object) -> Assignment:
    fields = Fields(problems, place, item, _ASSIGNMENT)
    posting = None if fields.raw("posting") is None else fields.text("posting")
    seat = _read_seat(fields)
    if fields.has("posting") and fields.has("seat") and (posting is None) != (seat is None):
        fields.refuse("seat", "must be null exactly when the posting is null")
    return Assignment(fields.text("candidate"), posting, seat)


def _read_seat(fields: Fields) -> Seat | None:
    value = fields.raw("seat")
    if value is None:
        return None
    for seat in Seat:
        if value == seat.value:
            return seat
    fields.refuse("seat", "must be 'open', 'reserved', 'reverted' or null")
    # A stand-in that keeps the pairing rule quiet about a seat already refused.
    return None if fields.raw("posting") is None else Seat.OPEN


def _read_cutoff(problems: Problems, place: str, item: object) -> Cutoff:
    fields = Fields(problems, place, item, _BARS, _NODE)
    if fields.has("posting") == fields.has("cap"):
        problems.add(place, "must name either a posting or a cap")
    return Cutoff(
        posting=fields.text("posting") if fields.has("posting") else None,
        cap=fields.text("cap") if fields.has("cap") else None,
        others=_read_bar(fields, "others"),
        protected=_read_bar(fields, "protected"),
    )


def _read_bar(cutoff: Fields, name: str) -> Bar | None:
    value = cutoff.raw(name)
    if value is None:
        return None
    fields = Fields(cutoff.problems, cutoff.at(name), value, _BAR)
    points = fields.integer("points", limit=CLOSED.points)
    candidate = fields.raw("candidate")
    if candidate is not None:
        candidate = read_text(cutoff.problems, fields.at("candidate"), candidate)
    if fields.has("candidate") and (candidate is None) != (points == CLOSED.points):
        fields.refuse("candidate", f"must be null exactly when the points are {CLOSED.points}")
    return Bar(points, candidate)
