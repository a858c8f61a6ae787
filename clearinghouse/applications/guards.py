"""What must be true of an application before a step, whoever takes it."""

from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clearinghouse.applications.enums import EDITABLE_STATUSES, Status
from clearinghouse.people.enums import AGE_OF_MAJORITY
from clearinghouse.people.rules import age_on
from clearinghouse.quotas.enums import Reason
from clearinghouse.quotas.enums import Status as QuotaStatus
from clearinghouse.shared.errors import Conflict, Invalid, NotFound, NotNow

if TYPE_CHECKING:
    from clearinghouse.applications.models import Application
    from clearinghouse.quotas.models import Quota

NOTE_MAX = 2000


def check_adult(birth_date: date, *, on: date) -> None:
    """Refuse labour matching for people under eighteen (mission D10)."""
    if age_on(birth_date, on) < AGE_OF_MAJORITY:
        raise NotNow(
            _(
                "You are under 18, so you cannot apply for work here. This is to protect you. "
                "The protection body has your name and will look after your case."
            ),
            code="minor",
        )


def check_lodged_on(lodged_on: date, *, on: date) -> None:
    """Refuse a paper from the future."""
    if lodged_on > on:
        text = _("The paper cannot be dated in the future.")
        raise Invalid(text, code="lodged_in_future", fields={"lodged_on": [text]})


def check_editable(application: "Application") -> None:
    """Refuse changes of an application that is locked for a round or closed."""
    if application.status == Status.LOCKED:
        raise NotNow(
            _("Your application is in the round now and cannot change until the results are out."),
            code="locked",
        )
    if application.status not in EDITABLE_STATUSES:
        raise NotNow(_("This application is closed. You can start a new one."), code="closed")


def check_version(application: "Application", version: int) -> None:
    """Refuse an order that was made on an older copy of the list."""
    if application.version != version:
        raise Conflict(
            _("Your list has changed in the meantime, perhaps in another window. Look, then save."),
            code="edited_by_other",
        )


def check_wished_once(quotas: Sequence[Hashable]) -> None:
    """Refuse a list that names a posting twice."""
    if len(set(quotas)) < len(quotas):
        raise Conflict(_("This posting is on your list already."), code="wish_twice")


def check_all_known(wanted: Sequence[Hashable], found: Container[Hashable]) -> None:
    """Refuse postings that are absent or hidden, in one sentence for both."""
    if any(quota not in found for quota in wanted):
        raise NotFound(_("There is no such posting."))


def check_not_hidden(quotas: Iterable["Quota"], hidden: Container[int]) -> None:
    """Refuse postings (keys in `hidden`) of states that the person is hidden from, naming them."""
    names = [quota.title for quota in quotas if quota.pk in hidden]
    if names:
        raise NotNow(
            _(
                "You are hidden from the country of this posting, so you cannot apply there: "
                "%(postings)s. You can see and change this under “Protection check”."
            )
            % {"postings": ", ".join(names)},
            code="hidden_from",
        )


def check_has_wishes(*, count: int) -> None:
    """Refuse an application without any posting."""
    if not count:
        raise Invalid(
            _("Put at least one posting on your list. To give up all of them, withdraw instead."),
            code="no_wishes",
        )


def is_late(quota: "Quota", now: datetime) -> bool:
    """Tell whether a posting takes no applications; the deadline itself is too late."""
    closes = quota.applications_close_at
    return quota.status != QuotaStatus.OPEN or closes is None or closes <= now


def check_postings_open(quotas: Iterable["Quota"], *, now: datetime) -> None:
    """Refuse postings that take no applications at this moment, naming them."""
    _refuse_late([quota for quota in quotas if is_late(quota, now)])


def check_not_sealing(quotas: Iterable["Quota"], *, now: datetime) -> None:
    """Refuse changes after the deadline of a posting whose round is about to be sealed."""
    _refuse_late(
        [quota for quota in quotas if quota.status == QuotaStatus.OPEN and is_late(quota, now)]
    )


def is_sealing(application: "Application", quotas: Iterable["Quota"], now: datetime) -> bool:
    """Tell whether a sent list is fixed because the deadline of one of its postings has passed."""
    return application.status != Status.DRAFT and any(
        quota.status == QuotaStatus.OPEN and is_late(quota, now) for quota in quotas
    )


def check_eligible(found: Mapping["Quota", Sequence[Reason]]) -> None:
    """Refuse postings whose requirements the person does not meet, with every reason."""
    refused = {quota: reasons for quota, reasons in found.items() if reasons}
    if not refused:
        return
    sentences = [
        _("%(posting)s: %(reasons)s")
        % {"posting": quota.title, "reasons": " ".join(str(reason.label) for reason in reasons)}
        for quota, reasons in refused.items()
    ]
    raise Invalid(
        _("You cannot apply for this posting. %(why)s") % {"why": " ".join(sentences)},
        code="not_eligible",
        fields={"wishes": sentences},
        reasons=sorted({reason.value for reasons in refused.values() for reason in reasons}),
    )


def check_checkable(application: "Application", quota: "Quota") -> None:
    """Refuse a decision that could no longer count."""
    if quota.status != QuotaStatus.OPEN or application.status not in EDITABLE_STATUSES:
        raise NotNow(
            _("The round of this posting is closed, so its checks cannot change."), code="locked"
        )


def check_decision(
    *, eligible: bool, reasons: Sequence[str], note: str, found: Sequence[Reason]
) -> None:
    """Refuse a decision without its grounds; `found` are the reasons that the rules find."""
    if not set(reasons) <= set(Reason.values):
        text = _("Choose reasons from the list.")
    elif eligible and found:
        text = _("The facts of the application do not meet the requirements of the posting.")
    elif eligible and reasons:
        text = _("Reasons belong to a refusal only.")
    elif not eligible and not reasons:
        text = _("Give at least one reason, so that the person understands the refusal.")
    elif len(note) > NOTE_MAX:
        text = ngettext(
            "Write %(limit)d character at most.", "Write %(limit)d characters at most.", NOTE_MAX
        ) % {"limit": NOTE_MAX}
        raise Invalid(text, code="too_long", fields={"note": [text]})
    else:
        return
    raise Invalid(text, code="decision", fields={"reasons": [text]})


def check_whole_pool(*, wanted: int, moved: int) -> None:
    """Refuse a step over many applications if some of them moved in the meantime."""
    if wanted != moved:
        raise Conflict(
            _("Some applications changed in the meantime. Nothing was done; please try again."),
            code="pool_changed",
        )


def _refuse_late(late: Sequence["Quota"]) -> None:
    if late:
        names = ", ".join(quota.title for quota in late)
        raise NotNow(
            _("The time to apply is over for: %(postings)s.") % {"postings": names},
            code="late",
            postings=[quota.reference for quota in late],
        )
