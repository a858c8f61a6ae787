"""What must be true of a quota before a step, whoever takes it. Times and limits are arguments."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from babel.core import get_global
from django.utils.translation import gettext as _

from clearinghouse.quotas.enums import (
    EDITABLE_STATUSES,
    PUBLIC_STATUSES,
    WEIGHT_MAX,
    Category,
    FigureKind,
    ReserveOrder,
    Status,
    WageUnit,
)
from clearinghouse.quotas.rules import QuotaDraft
from clearinghouse.registry.enums import CefrLevel, Qualification
from clearinghouse.shared.errors import Conflict, Invalid, NotNow

if TYPE_CHECKING:
    from clearinghouse.quotas.models import Quota

PLACES_MAX = 10_000_000
YEAR_FIRST, YEAR_LAST = 2000, 2100
EXPERIENCE_MAX = 50
MONEY_MAX = Decimal("9999999999.99")
WEIGHTS = (
    "weight_language",
    "weight_experience",
    "weight_qualification",
    "weight_occupation",
    "weight_priority",
)
_WORDS: dict[str, tuple[type[Any], bool]] = {
    "category": (Category, False),
    "reserve_order": (ReserveOrder, False),
    "wage_unit": (WageUnit, False),
    "min_qualification": (Qualification, False),
    "min_language_level": (CefrLevel, True),
    "figure_kind": (FigureKind, True),
}
_LONGEST = {"title": 200, "source_title": 300, "source_url": 500, "summary": 5000}
_LONGEST["complaint_route"] = 2000

Fields = dict[str, list[str]]
Check = Callable[[QuotaDraft], Fields]


def check_draft_possible(data: QuotaDraft, *, state: str) -> None:
    """Refuse a draft whose fields contradict each other; `state` is the posting state's code.

    Raises `Invalid` with one list of sentences a field. What a draft may still lack, submission
    demands: see `check_submission_possible`.
    """
    checks: tuple[Check, ...] = (
        _texts,
        _period,
        _numbers,
        _reserve,
        _pay,
        _requirements,
        _points,
        _source,
    )
    fields: Fields = {}
    for check in checks:
        fields |= check(data)
    if state in data.open_to:
        fields["open_to"] = [_("A quota cannot be open to people of the state that posts it.")]
    if fields:
        raise Invalid(_("Some fields are not right."), fields=fields)


def check_editing_possible(quota: "Quota", *, version: int) -> None:
    """Refuse changes to a quota that left its author's hands, or that somebody else changed."""
    if quota.status not in EDITABLE_STATUSES:
        raise NotNow(
            _("A quota can be changed only while it is a draft or returned to its author."),
            code="not_editable",
        )
    if quota.version != version:
        raise Conflict(
            _("Somebody else has changed this quota since you opened it. Nothing was saved."),
            code="edited_by_other",
            version=quota.version,
        )


def check_deletion_possible(quota: "Quota") -> None:
    """Refuse to delete what an approver has already seen."""
    if quota.status != Status.DRAFT or quota.submitted_at is not None:
        raise NotNow(
            _("Only a draft that was never submitted can be deleted. You can withdraw it instead."),
            code="not_deletable",
        )


def check_submission_possible(
    quota: "Quota", *, has_priority: bool, minimum_reserve: int, now: datetime
) -> None:
    """Refuse a quota that lacks what workers are promised (mission, D2) or what the rule needs.

    `has_priority` tells whether priority occupations are named; `minimum_reserve` is the
    operator's rule in percent. Raises `Invalid` with sentences by field.
    """
    fields = _missing_rights(quota) | _missing_rule(quota, has_priority=has_priority)
    if quota.comparator_wage > quota.wage_amount:
        fields["wage_amount"] = [
            _(
                "The wage is below what nationals earn for the same work. Equal pay is a condition "
                "of every quota: raise the wage to the comparable wage or above."
            )
        ]
    if quota.reserve_share < minimum_reserve:
        fields["reserve_share"] = [
            _(
                "The operator of this clearing house asks for a reserve of at least %(percent)d "
                "percent. This is the operator's own rule."
            )
            % {"percent": minimum_reserve}
        ]
    if _first_day(quota) <= now.date():
        fields["starts_on"] = [_("The period must begin in the future.")]
    if fields:
        raise Invalid(_("The quota is not complete yet."), code="incomplete", fields=fields)


def check_publication_possible(quota: "Quota", *, now: datetime) -> None:
    """Refuse to publish a quota whose period has ended, or that a round has used.

    Only a round that is voided gives its quotas back, by `republish_quotas`.
    """
    if quota.status == Status.CLOSED:
        raise NotNow(_("A round has used this quota already."), code="in_a_round")
    if quota.period.upper <= now.date():
        raise NotNow(
            _("The period of this quota has ended, so it cannot be published."), code="period_over"
        )


def check_opening_possible(
    quota: "Quota", *, applications_close_at: datetime, now: datetime
) -> None:
    """Refuse to open a quota for applications that would close before they open."""
    check_publication_possible(quota, now=now)
    if applications_close_at <= now:
        raise NotNow(
            _("The last day for applications must be in the future."), code="closes_in_the_past"
        )


def check_withdrawal_possible(quota: "Quota") -> None:
    """Refuse to withdraw a posting that a round is using."""
    if quota.status in {Status.OPEN, Status.CLOSED}:
        raise NotNow(
            _(
                "This quota is part of a round, and people have applied for it. It cannot be "
                "withdrawn any more."
            ),
            code="in_a_round",
        )


def check_counting_possible(quota: "Quota") -> None:
    """Refuse to count places of a quota that was never opened."""
    if quota.status not in PUBLIC_STATUSES - {Status.PUBLISHED}:
        raise NotNow(_("Places of this quota cannot be given yet."), code="never_opened")


def check_reason_given(reason: str) -> str:
    """Return a reason without outer blanks, or refuse an empty one."""
    text = reason.strip()
    if not text:
        raise Invalid(
            _("Some fields are not right."), fields={"reason": [_("Please give a reason.")]}
        )
    return text


def _first_day(quota: "Quota") -> date:
    first: date = quota.period.lower
    return first


def _missing_rights(quota: "Quota") -> Fields:
    needed = {
        "health_cover": _("Health cover must be provided to every worker."),
        "housing": _("Decent housing must be provided or found with the worker."),
        "ethical_recruitment": _("Recruitment must follow the rules of ethical recruitment."),
        "no_worker_fees": _("Workers must not pay for being recruited."),
    }
    fields = {name: [text] for name, text in needed.items() if not getattr(quota, name)}
    if not quota.complaint_route.strip():
        fields["complaint_route"] = [_("Say where workers can complain, and how.")]
    return fields


def _missing_rule(quota: "Quota", *, has_priority: bool) -> Fields:
    weighted = any(getattr(quota, name) for name in WEIGHTS)
    if not weighted and not quota.by_lot:
        return {
            "by_lot": [
                _("Give at least one criterion a weight, or say that all places are given by lot.")
            ]
        }
    if quota.weight_priority and not has_priority:
        return {
            "priority_occupations": [
                _("Name the priority occupations, or set the weight of that criterion to 0.")
            ]
        }
    return {}


def _texts(data: QuotaDraft) -> Fields:
    fields: Fields = {}
    if not data.title.strip():
        fields["title"] = [_("Give the quota a title.")]
    for name, longest in _LONGEST.items():
        if len(getattr(data, name)) > longest:
            fields[name] = [_("Use at most %(count)d characters.") % {"count": longest}]
    for name, (words, optional) in _WORDS.items():
        value = getattr(data, name)
        if value not in words.values and not (optional and value == ""):
            fields[name] = [_("Choose one of the values of the list.")]
    return fields


def _period(data: QuotaDraft) -> Fields:
    fields: Fields = {
        name: [
            _("State a year from %(first)d to %(last)d.") % {"first": YEAR_FIRST, "last": YEAR_LAST}
        ]
        for name in ("starts_on", "ends_on")
        if not YEAR_FIRST <= getattr(data, name).year <= YEAR_LAST
    }
    if fields:
        return fields
    if data.ends_on < data.starts_on:
        return {"ends_on": [_("The last day must not be before the first day.")]}
    return {}


def _numbers(data: QuotaDraft) -> Fields:
    fields: Fields = {}
    if not 1 <= data.places <= PLACES_MAX:
        fields["places"] = [
            _("State at least 1 place and at most %(count)d.") % {"count": PLACES_MAX}
        ]
    if not 0 <= data.min_experience_years <= EXPERIENCE_MAX:
        fields["min_experience_years"] = [
            _("State between 0 and %(count)d years.") % {"count": EXPERIENCE_MAX}
        ]
    return fields


def _reserve(data: QuotaDraft) -> Fields:
    if data.reserve_share > 100:
        return {
            "reserve_share": [
                _("The reserve cannot be larger than the places: state at most 100 percent.")
            ]
        }
    if data.reserve_share < 0 or data.reserve_share * 100 != int(data.reserve_share * 100):
        return {"reserve_share": [_("State a percentage from 0 to 100 with at most two decimals.")]}
    return {}


def _pay(data: QuotaDraft) -> Fields:
    fields: Fields = {}
    for name in ("wage_amount", "comparator_wage"):
        if not 0 < getattr(data, name) <= MONEY_MAX:
            fields[name] = [_("State an amount above 0.")]
    if data.wage_currency not in get_global("all_currencies"):
        fields["wage_currency"] = [_("State the currency by its three letters, for example EUR.")]
    return fields


def _requirements(data: QuotaDraft) -> Fields:
    fields: Fields = {}
    if data.min_language_level and not data.language:
        fields["language"] = [_("Name the language for which a level is asked.")]
    elif data.weight_language and not data.language:
        fields["language"] = [_("Name the language that gives points.")]
    if not 0 <= data.occupation_digits <= len(data.occupation):
        fields["occupation_digits"] = [
            _("The occupation that you chose has %(count)d digits; ask for no more than that.")
            % {"count": len(data.occupation)}
        ]
    return fields


def _points(data: QuotaDraft) -> Fields:
    fields: Fields = {
        name: [_("State a weight from 0 to %(count)d.") % {"count": WEIGHT_MAX}]
        for name in WEIGHTS
        if not 0 <= getattr(data, name) <= WEIGHT_MAX
    }
    if data.by_lot and any(getattr(data, name) for name in WEIGHTS):
        fields["by_lot"] = [
            _("Places are given by lot only if no criterion has a weight. Choose one of the two.")
        ]
    return fields


def _source(data: QuotaDraft) -> Fields:
    fields: Fields = {}
    if data.source_url and urlsplit(data.source_url).scheme not in {"http", "https"}:
        fields["source_url"] = [_("Give an address that begins with https:// or http://.")]
    if data.source_places is None:
        return fields
    if not 0 <= data.source_places <= PLACES_MAX:
        fields["source_places"] = [_("State a number of places that is not negative.")]
    if not data.source_url:
        fields["source_url"] = [_("Give the address of the page that states this figure.")]
    if not data.figure_kind:
        fields["figure_kind"] = [_("Say what kind of figure it is.")]
    return fields
