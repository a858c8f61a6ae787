"""When an act is possible, whoever asks."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Protocol

from django.utils.translation import gettext as _

from clearinghouse.registry.enums import OFFICES, STATE_KINDS
from clearinghouse.shared.errors import Conflict, Invalid, NotNow


class Offer(Protocol):
    """What a guard reads of an invitation."""

    accepted_at: datetime | None
    withdrawn_at: datetime | None
    expires_at: datetime


class Office(Protocol):
    """What a guard reads of an agency."""

    pk: int
    kind: str


def check_office_fits(*, role: str, agency_kind: str) -> None:
    """Refuse a role that this kind of office does not have, or that no office has."""
    if role not in OFFICES:
        sentence = _("Nobody is appointed to this role.")
        raise Invalid(sentence, code="role_without_office", fields={"role": [sentence]})
    if agency_kind not in OFFICES[role]:
        sentence = _("This kind of agency does not have this role. Choose another agency.")
        raise Invalid(sentence, code="wrong_agency", fields={"agency": [sentence]})


def check_agency_has_place(*, kind: str, has_state: bool) -> None:
    """Refuse a national authority without a state, and an international body with one."""
    if kind in STATE_KINDS and not has_state:
        sentence = _("Choose the state of this authority.")
        raise Invalid(sentence, code="state_missing", fields={"state": [sentence]})
    if kind not in STATE_KINDS and has_state:
        sentence = _("This kind of agency belongs to no state. Leave the state empty.")
        raise Invalid(sentence, code="state_not_wanted", fields={"state": [sentence]})


def check_period(*, start: date, end: date | None) -> None:
    """Refuse a period that ends before it starts."""
    if end is not None and end < start:
        sentence = _("The last day must not be before the first day.")
        raise Invalid(sentence, code="period_backwards", fields={"end": [sentence]})


def check_invitation_good(invitation: Offer, *, now: datetime) -> None:
    """Refuse an invitation that was used, withdrawn or is too old."""
    if invitation.accepted_at is not None:
        raise NotNow(_("This invitation was used already. Sign in."), code="invitation_used")
    if invitation.withdrawn_at is not None:
        raise NotNow(
            _("This invitation was withdrawn or replaced. Look for a newer mail."),
            code="invitation_withdrawn",
        )
    if invitation.expires_at <= now:
        raise NotNow(
            _("This invitation is too old. Ask the person who invited you for a new one."),
            code="invitation_expired",
        )


def check_account_open(*, is_active: bool) -> None:
    """Refuse to give a role to a closed account."""
    if not is_active:
        raise NotNow(_("This account is closed. Open it first."), code="account_closed")


def check_can_move(*, held: Collection[str], from_agency: int | None, to: Office) -> None:
    """Refuse to move somebody without office or role, to the same place, or to another kind."""
    if from_agency is None or not held:
        raise NotNow(_("This person holds no role now. Give a role instead."), code="no_office")
    if from_agency == to.pk:
        sentence = _("This person works for this agency already.")
        raise Conflict(sentence, code="same_office", fields={"agency": [sentence]})
    for role in held:
        check_office_fits(role=role, agency_kind=to.kind)


def check_factor(*, needed: bool, present: bool) -> None:
    """Refuse a token to an official who has no second factor."""
    if needed and not present:
        raise NotNow(
            _("Officials set up two-step sign-in in the portal first."),
            code="second_factor_missing",
        )
