"""What must be true of a determination, whoever makes it."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from clearinghouse.protection.enums import PROTECTED_OUTCOMES, Outcome
from clearinghouse.registry.queries import get_state
from clearinghouse.shared.errors import Conflict, Forbidden, Invalid, NotFound

if TYPE_CHECKING:
    from clearinghouse.people.models import Worker

_NEEDS_REASONS = frozenset({Outcome.REFUSED, Outcome.ENDED})
STATEMENT_MAX = 10_000


def check_statement(statement: str) -> None:
    """Refuse a statement that is longer than a reader can take in."""
    if len(statement) > STATEMENT_MAX:
        text = _("Write %(limit)d characters at most.") % {"limit": STATEMENT_MAX}
        raise Invalid(text, code="too_long", fields={"statement": [text]})


def check_none_waiting(*, waiting: bool) -> None:
    """Refuse a second request while one waits."""
    if waiting:
        raise request_waits()


def request_waits() -> Conflict:
    """Return the answer to a second request, also when the database finds it first."""
    return Conflict(
        _("Your request has arrived already and waits for an answer."), code="request_waiting"
    )


def check_determination_possible(
    *,
    outcome: str,
    effective_on: date,
    review_on: date | None,
    reasons: str,
    status_then: str | None,
) -> None:
    """Refuse a determination that contradicts itself or the status on its day.

    `status_then` is the outcome that counts on `effective_on`, or none. Protection is never lost
    by a refused request: it needs the outcome "ended".
    """
    found: dict[str, list[str]] = {}
    protected = status_then in PROTECTED_OUTCOMES
    if outcome not in Outcome.values:
        found["outcome"] = [_("Choose an outcome from the list.")]
    elif outcome == Outcome.REFUSED and protected:
        found["outcome"] = [_("The person is protected on that day. Choose “ended” to end it.")]
    elif outcome == Outcome.ENDED and not protected:
        found["outcome"] = [_("The person is not protected on that day, so nothing can end.")]
    if outcome in _NEEDS_REASONS and not reasons.strip():
        found["reasons"] = [_("Give the reasons: the person has a right to know them.")]
    if review_on is not None and review_on <= effective_on:
        found["review_on"] = [_("The review must be after the day from which this counts.")]
    if found:
        raise Invalid(_("Some fields are not right."), code="determination", fields=found)


def check_states(states: Iterable[str]) -> list[str]:
    """Return the ISO codes of these states, each once; refuse none, and codes that are unknown."""
    wanted = sorted({state.upper() for state in states})
    text = _("Choose a country from the list.")
    if not wanted:
        raise Invalid(text, code="no_state", fields={"states": [text]})
    try:
        return [get_state(state).iso2 for state in wanted]
    except NotFound as error:
        raise Invalid(text, code="no_state", fields={"states": [text]}) from error


def check_other_person(actor: Any, worker: "Worker") -> None:
    """Refuse an official of the protection body who decides about themselves."""
    if worker.user_id == actor.pk:
        raise Forbidden(_("Somebody else must decide about your own case."), code="not_yourself")


def check_closing_note(note: str) -> None:
    """Refuse to close a referral without a word on what was done."""
    if not note.strip():
        text = _("Write what was arranged for the child before you close the referral.")
        raise Invalid(text, code="note_missing", fields={"note": [text]})
