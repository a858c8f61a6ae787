"""Explanations in plain English, for the command line."""

from .explaining import Explanation, WishOutcome
from .reasons import Reason
from .types import Seat

_SEATS = {
    Seat.OPEN: "an open place, won by points and lottery number among everyone",
    Seat.RESERVED: "a reserved place, kept for people under protection",
    Seat.REVERTED: "a reserved place that nobody under protection needed, so it reverted to all",
}


def explanation_text(explanation: Explanation) -> str:
    """Return the explanation as lines of plain English."""
    group = "is" if explanation.protected else "is not"
    lines = [
        f"Candidate {explanation.candidate}",
        f"Result: {_result(explanation)}",
        _lottery(explanation),
        f"Reserve: this candidate {group} under protection.",
        "",
        "Wishes in order:" if explanation.wishes else "This candidate wished no posting.",
    ]
    for wish in explanation.wishes:
        lines.append(f"  {wish.choice}. {wish.posting}, {_points(wish.points)}: {_reason(wish)}")
    return "\n".join(lines)


def _lottery(explanation: Explanation) -> str:
    return (
        f"Lottery: number {explanation.lottery_rank + 1} of {explanation.candidates}"
        " (number 1 is best; it decides between people with equal points)."
    )


def _result(explanation: Explanation) -> str:
    if explanation.posting is None or explanation.seat is None:
        return "no place in this round."
    return f"placed at {explanation.posting} on {_SEATS[explanation.seat]}."


def _reason(wish: WishOutcome) -> str:
    if wish.reason is Reason.PLACED:
        return "placed here."
    if wish.reason is Reason.PLACED_HIGHER:
        return "not needed, because a wish higher on the list was met."
    if wish.reason is Reason.NO_PLACE_FOR_GROUP:
        return "no place was open to this group, whatever the points."
    if wish.reason is Reason.LOTTERY_NOT_MET:
        missed = "same points as the cut-off, but a later lottery number"
    else:
        missed = f"{wish.points_short} below the cut-off of {_points(wish.cutoff_points)}"
    return f"{missed}; {_remedy(wish)}"


def _remedy(wish: WishOutcome) -> str:
    if wish.points_needed is None:
        return "no number of points would have met this cut-off."
    return f"{_points(wish.points_needed)} would have met this cut-off."


def _points(points: int | None) -> str:
    return "1 point" if points == 1 else f"{points} points"
