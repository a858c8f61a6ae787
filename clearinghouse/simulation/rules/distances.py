"""How far two questions of a state are apart, in places. Values in, whole numbers out."""

from collections.abc import Mapping, Sequence
from typing import Any

Question = tuple[int, int, tuple[tuple[str, str], ...]]


def question_of(parameters: Mapping[str, Any], measure: Mapping[str, int]) -> Question:
    """Return a question as its places, its reserve and the orders that it sets for many postings.

    `measure` is that of the changed rules over the places that the asker sees.
    """
    changes = parameters.get("changes", [])
    orders = {
        (change["on"], change["order"])
        for change in changes
        if change.get("order") and (change["on"] == "all" or change["on"].startswith("state:"))
    }
    return measure["places"], measure["reserve"], tuple(sorted(orders))


def distance(one: Question, other: Question) -> int:
    """Return how many places two questions differ by, at least.

    Another order for all postings moves every place; what differs within one posting only and
    leaves the totals alone counts as nothing, which hides too much rather than too little.
    """
    apart = abs(one[0] - other[0]) + abs(one[1] - other[1])
    return apart + (max(one[0], other[0]) if one[2] != other[2] else 0)


def choose(questions: Sequence[Question], smallest: int) -> int | None:
    """Return which question answers the last one: itself, an earlier one, or None, the first state.

    Questions come in the order in which they were answered, and the first one is the round as it
    was released. One that lies closer than `smallest` places to an answered one gets its answer.
    """
    answered = [0]
    found = 0
    for place, question in enumerate(questions[1:], start=1):
        near = [old for old in answered if distance(questions[old], question) < smallest]
        found = near[0] if near else place
        if not near:
            answered.append(place)
    return found or None
