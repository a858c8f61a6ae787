"""Steps that every service of quotas shares; used inside this folder only."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clearinghouse.access.checks import Actor
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.quotas.enums import Status
from clearinghouse.quotas.lifecycle import LIFECYCLE
from clearinghouse.quotas.models import Quota
from clearinghouse.quotas.rules import round_reserves
from clearinghouse.shared.database import refusals
from clearinghouse.shared.errors import Conflict, DomainError, Forbidden, Invalid


def move(quota: Quota, to: Status, **values: Any) -> None:
    """Move a locked quota along its lifecycle together with the columns of that step."""
    LIFECYCLE.check(quota.status, to)
    quota.status = to
    for name, value in values.items():
        setattr(quota, name, value)
    with refusals(refusals_in_words()), transaction.atomic():
        quota.save(update_fields=["status", *values])


def round_state_reserves(quotas: list[Quota], *, by: Actor) -> None:
    """Round reserves state by state and record the new numbers."""
    for state_id in sorted({quota.state_id for quota in quotas}):
        ours = [quota for quota in quotas if quota.state_id == state_id]
        rounded = round_reserves((row.reference, row.places, row.reserve_share) for row in ours)
        for quota in ours:
            quota.reserved = rounded[quota.reference]
        Quota.objects.bulk_update(ours, ["reserved"])
        iso2 = ours[0].state.iso2
        trail.record(
            Verb.RESERVES_ROUNDED, by=by, on=("registry.state", iso2), facts=rounded, state=iso2
        )


def record(verb: Verb, by: Actor, quota: Quota, **facts: Any) -> None:
    """Record an act on a quota for its state."""
    trail.record(verb, by=by, on=quota, facts=facts, state=quota.state.iso2)


def refusals_in_words() -> dict[str, DomainError]:
    """Say in words what each named constraint refuses; guards have usually said it before."""
    full = Conflict(_("All places of this quota are taken."), code="no_place_left")
    sentences = {
        "places": ("places", _("State at least 1 place.")),
        "reserve_within_places": (
            "reserve_share",
            _("The reserve cannot be larger than the places."),
        ),
        "reserve_share": ("reserve_share", _("State a percentage from 0 to 100.")),
        "language_named": ("language", _("Name the language for which a level is asked.")),
        "scored_language_named": ("language", _("Name the language that gives points.")),
        "weights": ("weight_language", _("A weight is too large.")),
        "occupation_digits": ("occupation_digits", _("Ask for at most 4 digits.")),
        "wages": ("wage_amount", _("State an amount above 0.")),
        "by_lot_without_weights": (
            "by_lot",
            _("Places are given by lot only if no criterion has a weight. Choose one of the two."),
        ),
        "period": ("ends_on", _("The last day must not be before the first day.")),
        "words": ("category", _("Choose one of the values of the list.")),
    }
    found: dict[str, DomainError] = {
        f"quotas_quota_{name}": Invalid(_("Some fields are not right."), fields={field: [text]})
        for name, (field, text) in sentences.items()
    }
    for name in ("reserved_taken", "not_overfilled", "open_taken"):
        found[f"quotas_quota_{name}"] = full
    found["quotas_quota_approver_not_author"] = Forbidden(
        _("You have written this quota yourself. Another person must decide about it."),
        code="author_decides",
    )
    return found
