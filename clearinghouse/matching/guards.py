"""What must be true of a round before a step, whoever takes it. Times are arguments."""

import hashlib
import re
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from clearinghouse.matching.enums import VOIDABLE_STATUSES, Status
from clearinghouse.shared.errors import Conflict, Invalid, NotNow

if TYPE_CHECKING:
    from clearinghouse.matching.models import Round, Run, SeedSecret

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SECRET = re.compile(r"(?:[0-9a-f]{2}){16,64}")


def check_planning_possible(
    *, opens_at: datetime, closes_at: datetime, postings: int, now: datetime
) -> None:
    """Refuse a round without postings, or whose dates are out of order."""
    fields = {}
    if not postings:
        fields["quota_ids"] = [_("Choose at least one published quota.")]
    if closes_at <= opens_at:
        fields["closes_at"] = [_("A round must close after it opens.")]
    elif closes_at <= now:
        fields["closes_at"] = [_("The closing date must be in the future.")]
    if fields:
        raise Invalid(_("The round cannot be planned like this."), fields=fields)


def check_postings_published(unpublished: Collection[str], missing: int) -> None:
    """Refuse postings that are not published (any more); `unpublished` are their references."""
    texts = [
        _("The quota %(reference)s is not published, or is in a round already.")
        % {"reference": reference}
        for reference in unpublished
    ]
    if missing:
        texts.append(_("Some of the chosen quotas do not exist."))
    if texts:
        raise Invalid(_("The round cannot be planned like this."), fields={"quota_ids": texts})


def check_opening_possible(round_: "Round", *, postings: int, now: datetime) -> None:
    """Refuse to open a round that would be over at once, or that has lost all its postings."""
    if round_.closes_at <= now:
        raise NotNow(_("The closing date of this round has passed."), code="round_over")
    if not postings:
        raise NotNow(_("No posting of this round is published any more."), code="no_postings")


def check_sealing_possible(round_: "Round", *, now: datetime) -> None:
    """Refuse to seal before the time that everybody was promised for their lists."""
    if now < round_.closes_at:
        raise NotNow(
            _("It is too early: people may change their lists until the round closes."),
            code="too_early",
            closes_at=round_.closes_at,
        )


def check_run_possible(round_: "Round") -> None:
    """Refuse a second run of a round whose result people have certified or read."""
    if round_.status in {Status.CERTIFIED, Status.RELEASED}:
        raise NotNow(
            _("The result of this round is certified, so it is never computed anew."),
            code="result_final",
        )


def check_rules_unchanged(changed: Collection[str]) -> None:
    """Refuse to seal what is not what was published; `changed` names postings and rules."""
    if changed:
        raise Conflict(
            _("These are not as they were published before the lists opened: %(names)s.")
            % {"names": ", ".join(changed)},
            code="rules_changed",
            changed=list(changed),
        )


def check_void_in_time(round_: "Round", *, revealed: int) -> None:
    """Refuse to void a sealed round once secrets are revealed: its seed can be foreseen."""
    if round_.status == Status.SEALED and revealed:
        raise NotNow(
            _("Secrets have been revealed. Draw the seed first; the repeat will have it too."),
            code="draw_first",
        )


def check_discharge_possible(round_: "Round") -> None:
    """Refuse to let entries go unless the round repeats one that was voided after its draw."""
    possible = VOIDABLE_STATUSES - {Status.SEALED}
    if round_.repeat_of_id is None or round_.status not in possible:
        raise NotNow(
            _("Only the entries of a repeated round that is not certified can be given back."),
            code="no_repeat",
        )


def check_self_test_passed(failed: Collection[str]) -> None:
    """Refuse to certify a plan that statistics call unfair; `failed` names the tests."""
    if failed:
        raise Conflict(
            _("The self-test of this round is out of bounds: %(names)s. Void the round.")
            % {"names": ", ".join(failed)},
            code="self_test_failed",
            tests=list(failed),
        )


def check_commitment_possible(round_: "Round", commitment: str) -> str:
    """Return a commitment in lower case; refuse it after sealing or if it is no SHA-256 digest."""
    if round_.status not in {Status.PLANNED, Status.OPEN}:
        raise NotNow(
            _("Secrets can be committed only until the round is sealed."), code="sealed_already"
        )
    text = commitment.strip().lower()
    if not _DIGEST.fullmatch(text):
        raise Invalid(
            _("Some fields are not right."),
            fields={"commitment": [_("A commitment is a SHA-256 digest: 64 hexadecimal digits.")]},
        )
    return text


def check_reveal_possible(round_: "Round", row: "SeedSecret", secret: str) -> str:
    """Return a secret in lower case; refuse it outside the reveal time or if it does not fit.

    A secret is 16 to 64 bytes in hexadecimal; its SHA-256 must be what the party committed to.
    """
    if round_.status != Status.SEALED:
        raise NotNow(
            _("Secrets are revealed after sealing and before the draw."), code="not_sealed"
        )
    text = secret.strip().lower()
    if not _SECRET.fullmatch(text):
        raise Invalid(
            _("Some fields are not right."),
            fields={"secret": [_("A secret is 16 to 64 bytes, in hexadecimal digits.")]},
        )
    if hashlib.sha256(bytes.fromhex(text)).hexdigest() != row.commitment:
        raise Invalid(
            _("Some fields are not right."),
            code="does_not_fit",
            fields={"secret": [_("This is not the secret that the commitment was made for.")]},
        )
    return text


def check_revealed_once(row: "SeedSecret") -> None:
    """Refuse a second reveal."""
    if row.secret:
        raise Conflict(_("This secret has been revealed already."), code="revealed")


def check_draw_possible(
    round_: "Round", *, waiting_for: Collection[str], reveal_period: timedelta, now: datetime
) -> None:
    """Refuse to draw while secrets are missing and the time to reveal them is not over.

    The rule is fixed in advance: when the time is over, a secret that was not revealed is left out
    and named on the round's page.
    """
    if round_.sealed_at is None:
        raise NotNow(_("The round is not sealed."), code="not_sealed")
    until = round_.sealed_at + reveal_period
    if waiting_for and now < until:
        raise NotNow(
            _("These parties have not revealed their secrets yet, and still may: %(parties)s.")
            % {"parties": ", ".join(sorted(waiting_for))},
            code="secrets_missing",
            until=until,
        )


def check_secrets_enough(count: int) -> None:
    """Refuse a draw that nobody's secret would decide."""
    if not count:
        raise NotNow(
            _("No secret has been revealed, so no seed can be drawn. Void the round."),
            code="no_secret",
        )


def check_reason_given(reason: str) -> str:
    """Return a reason without outer blanks, or refuse an empty one."""
    text = reason.strip()
    if not text:
        raise Invalid(
            _("Some fields are not right."),
            fields={"reason": [_("Say why the round is voided; everybody can read it.")]},
        )
    return text


def check_run_cancellable(run: "Run | None") -> "Run":
    """Return a run that waits or is running; refuse if there is none (any more)."""
    if run is None:
        raise NotNow(
            _("There is no run that could be cancelled: it has ended, or nobody asked for one."),
            code="no_live_run",
        )
    return run
