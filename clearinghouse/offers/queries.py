"""Every read of offers."""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, QuerySet

from clearinghouse.matching.queries import list_released
from clearinghouse.offers.enums import LIVE_STATUSES, Status
from clearinghouse.offers.models import Offer
from clearinghouse.offers.permissions import check_can_answer, check_can_count, not_found
from clearinghouse.people import queries as people
from clearinghouse.quotas.queries import lock_quotas
from clearinghouse.registry.queries import state_of
from clearinghouse.shared.database import refusals
from clearinghouse.shared.ids import as_uuid

if TYPE_CHECKING:
    from clearinghouse.matching.models import Round
    from clearinghouse.people.models import Worker

Counts = tuple[int, int, int]


def list_own(worker: "Worker") -> QuerySet[Offer]:
    """List all offers that a worker ever got, newest first."""
    return _rows().filter(worker=worker).order_by("-offered_at", "-pk")


def list_mine(actor: Any) -> QuerySet[Offer]:
    """List all offers that an account ever got for its own person, newest first."""
    own = people.find_worker(actor)
    return list_own(own) if own else Offer.objects.none()


def find_live(worker: "Worker") -> Offer | None:
    """Find the one offer of a worker that waits for an answer or is accepted."""
    return _rows().filter(worker=worker, status__in=LIVE_STATUSES).first()


def get_own(actor: Any, public_id: uuid.UUID | str, now: datetime | None = None) -> Offer:
    """Return an offer of the actor or, at `now`, of a person the actor has a mandate for."""
    offer = _answerable(actor, now).filter(public_id=as_uuid(public_id)).first()
    if offer is None:
        raise not_found()
    return offer


def lock_own(actor: Any, public_id: uuid.UUID | str, now: datetime) -> Offer:
    """Return an offer as `get_own` does, locked until the end of the transaction."""
    rows = _answerable(actor, now).select_for_update(of=("self",))
    with refusals({}):
        offer = rows.filter(public_id=as_uuid(public_id)).first()
    if offer is None:
        raise not_found()
    return offer


def lock_round_offers(round_: "Round") -> list[Offer]:
    """Return all offers of a round, locked in ascending order of their keys."""
    rows = Offer.objects.select_for_update(of=("self",)).filter(round=round_)
    with refusals({}):
        return list(rows.order_by("pk"))


def lock_due(now: datetime, limit: int) -> list[Offer]:
    """Return offers whose deadline has passed unanswered, locked; others' locks are skipped."""
    rows = Offer.objects.select_for_update(of=("self",), skip_locked=True)
    due = rows.filter(status=Status.OFFERED, deadline__lte=now).select_related("round")
    return list(due.order_by("pk")[:limit])


def lock_to_remind(now: datetime, limit: int, most: int) -> list[Offer]:
    """Return open offers with fewer than `most` reminders, locked, the most urgent first."""
    rows = Offer.objects.select_for_update(of=("self",), skip_locked=True)
    waiting = rows.filter(status=Status.OFFERED, deadline__gt=now, reminders_sent__lt=most)
    return list(waiting.order_by("deadline", "pk")[:limit])


def list_state_results(actor: Any) -> QuerySet[Offer]:
    """List the offers for places of the actor's own state."""
    check_can_count(actor)
    state = state_of(actor)
    return Offer.objects.filter(quota__state=state) if state else Offer.objects.none()


def list_of_state(actor: Any) -> list[dict[str, Any]]:
    """Count the offers for each quota of the actor's own state by answer, by reference.

    Each row has `quota_id` (public), `reference`, `title`, `places`, and `waiting`, `accepted`,
    `declined`, `lapsed`. Nothing about the people, and nothing about the reserve.
    """
    counts = {
        "waiting": Count("pk", filter=Q(status=Status.OFFERED)),
        "accepted": Count("pk", filter=Q(status=Status.ACCEPTED)),
        "declined": Count("pk", filter=Q(status=Status.DECLINED)),
        "lapsed": Count("pk", filter=Q(status=Status.LAPSED)),
    }
    columns = ("quota__public_id", "quota__reference", "quota__title", "quota__places")
    rows = list_state_results(actor).order_by("quota__reference").values(*columns)
    return [
        {
            "quota_id": row["quota__public_id"],
            "reference": row["quota__reference"],
            "title": row["quota__title"],
            "places": row["quota__places"],
            **{name: row[name] for name in counts},
        }
        for row in rows.annotate(**counts)
    ]


def count_live(quota_id: int) -> int:
    """Count the people who hold an offered or accepted place of a quota (key)."""
    return Offer.objects.filter(quota_id=quota_id, status__in=LIVE_STATUSES).count()


def count_by_status(round_: "Round") -> dict[str, int]:
    """Count the offers of a round by status."""
    rows = Offer.objects.filter(round=round_).values_list("status")
    return dict(rows.annotate(count=Count("pk")).order_by())


def lock_places(quota_ids: Collection[int]) -> dict[int, Counts]:
    """Lock quotas (keys) and return the places that live offers hold, where a counter differs.

    Counts are (open, reserved, reverted). Quotas are locked first, in ascending order, so that the
    counts stay true until the end of the transaction.
    """
    quotas = lock_quotas(quota_ids)
    seats = ("open", "reserved", "reverted")
    live = Offer.objects.filter(quota_id__in=quota_ids, status__in=LIVE_STATUSES)
    columns = {f"{seat}_held": Count("pk", filter=Q(seat=seat)) for seat in seats}
    rows = live.order_by().values_list("quota_id").annotate(**columns)
    held: dict[int, Counts] = {row[0]: row[1:] for row in rows}
    counts = {quota.pk: held.get(quota.pk, (0, 0, 0)) for quota in quotas}
    written = {
        quota.pk: (quota.open_taken, quota.reserved_taken, quota.reverted_taken) for quota in quotas
    }
    return {pk: count for pk, count in counts.items() if count != written[pk]}


def list_holders(round_: "Round") -> QuerySet[Offer, Any]:
    """List the candidates of a round who hold an offer of it; a query to be used in another one."""
    live = Offer.objects.filter(round=round_, status__in=LIVE_STATUSES)
    return live.values("candidate")


def list_accepted(round_: "Round") -> dict[str, str]:
    """Return the posting that each person of a round accepted, both by their names in the round."""
    rows = Offer.objects.filter(round=round_, status=Status.ACCEPTED)
    return dict(rows.values_list("candidate", "quota__reference"))


def holders_elsewhere(worker_ids: Iterable[int], round_: "Round") -> set[int]:
    """Return those of these workers (keys) who hold a live offer of another round."""
    live = Offer.objects.filter(status__in=LIVE_STATUSES).exclude(round=round_)
    wanted = set(worker_ids)
    return {pk for pk in live.values_list("worker_id", flat=True) if pk in wanted}


def list_rounds_to_refill() -> QuerySet["Round"]:
    """List released rounds, oldest first; `services.refill` finds out which have work."""
    return list_released().order_by("number")


def _answerable(actor: Any, now: datetime | None) -> QuerySet[Offer]:
    check_can_answer(actor)
    return _rows().filter(worker__in=people.visible_to(actor, now).values("pk"))


def _rows() -> QuerySet[Offer]:
    return Offer.objects.select_related(
        "quota__state", "quota__occupation", "round", "worker__user"
    )
