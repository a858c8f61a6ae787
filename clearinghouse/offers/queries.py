"""Every read of offers."""

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from clearinghouse.access.tokens import state_token
from clearinghouse.applications import queries as applications
from clearinghouse.ledger import queries as ledger
from clearinghouse.ledger.enums import ANY_FREE, FREE, STOCKS, TAKEN, Account
from clearinghouse.ledger.rules import Seats, as_standing, standing
from clearinghouse.matching import queries as matching
from clearinghouse.matching.queries import list_released
from clearinghouse.offers.enums import LIVE_STATUSES, Status
from clearinghouse.offers.models import Offer
from clearinghouse.offers.permissions import (
    can_read_book,
    check_can_answer,
    check_can_count,
    check_can_read_book,
    known_to,
    not_found,
)
from clearinghouse.people import queries as people
from clearinghouse.quotas.enums import Status as QuotaStatus
from clearinghouse.quotas.queries import list_published_once, lock_quotas, states_of
from clearinghouse.registry.queries import state_of
from clearinghouse.shared.database import refusals
from clearinghouse.shared.ids import as_uuid
from clearinghouse.statistics.enums import Precision
from clearinghouse.statistics.rules import Shown, rest_of

if TYPE_CHECKING:
    from clearinghouse.ledger.models import Transaction
    from clearinghouse.matching.models import Round
    from clearinghouse.people.models import Worker
    from clearinghouse.quotas.models import Quota

Counts = tuple[int, int, int]
# Name of an account, in words, and places.
Line = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Places:
    """Where the places of one posting are now.

    `free` are all that nobody holds, `taken` those that people hold; for people who may not read
    the ledger as they were last published, and `accounts`, which say it by account, are None.
    Without `with_reserve` the kinds of free places are one line, because telling them apart would
    say too much about a few people.
    """

    total: int
    free: Shown
    taken: Shown
    accounts: tuple[Line, ...] | None
    with_reserve: bool


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
    if state is None:
        return Offer.objects.none()
    return Offer.objects.filter(known_to(actor), quota__state=state)


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


def places_of(quota: "Quota", *, actor: Any) -> Places:
    """Say where the places of a quota are now, in as much detail as the actor may read."""
    balances = ledger.balances_of(quota.pk)
    total, taken = -balances[Account.POSTED], sum(balances[account] for account in TAKEN)
    free = total - taken - balances[Account.WITHDRAWN]
    if not can_read_book(actor, quota):
        published = matching.find_filled(quota.pk)
        if published is None:
            exactly = Shown(Precision.EXACT, free), Shown(Precision.EXACT, taken)
            return Places(total, *exactly, None, with_reserve=False)
        left = rest_of(total, published, settings.SMALLEST_PUBLIC_CELL)
        return Places(total, left, published, None, with_reserve=False)
    shown = shows_kinds(quota, actor=actor)
    lines = _lines({account: balances[account] for account in STOCKS}, with_reserve=shown)
    return Places(
        total=total,
        free=Shown(Precision.EXACT, free),
        taken=Shown(Precision.EXACT, taken),
        accounts=tuple(lines),
        with_reserve=shown,
    )


def shows_kinds(quota: "Quota", *, actor: Any) -> bool:
    """Tell whether an actor may tell free, reserved and reverted places of a quota apart."""
    fill = matching.find_fill(quota.pk)
    return fill is None or matching.shows_reserve(actor)


def list_moves(quota: "Quota", *, actor: Any) -> QuerySet["Transaction"]:
    """List what the ledger has booked for a quota, newest first; use `lines_of` on each row."""
    check_can_read_book(actor, quota)
    return ledger.list_transactions(quota.pk, with_reserve=shows_kinds(quota, actor=actor))


def lines_of(booked: "Transaction", *, with_reserve: bool) -> list[Line]:
    """Return the accounts that a transaction moves places to, or from (below zero)."""
    entries: dict[str, int] = {}
    for entry in booked.entries.all():
        if entry.account != Account.POSTED:
            entries[entry.account] = entries.get(entry.account, 0) + entry.places
    return [line for line in _lines(entries, with_reserve=with_reserve) if line[2]]


def find_differences() -> tuple[int, list[dict[str, Any]]]:
    """Compare all balances with quotas, plans and offers; return how many postings, and faults.

    A fault has `posting`, `account`, `booked` and `expected`. What is moving this moment looks
    like one for a moment, so that only those are returned that a second look finds again.
    """
    count, first = _differences()
    if not first:
        return count, []
    count, second = _differences()
    return count, [fault for fault in second if fault in first]


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


def count_wrong_shields() -> int:
    """Count the offers that are not hidden from whom their person is hidden from."""
    return Offer.objects.exclude(shield=F("worker__shield")).count()


def hidden_pairs(pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return the pairs (worker, quota; keys) whose state must not know the person; two queries."""
    wanted = set(pairs)
    shields = people.shields_of_people({worker_id for worker_id, _quota in wanted})
    wanted = {pair for pair in wanted if pair[0] in shields}
    states = states_of({quota for _worker, quota in wanted})
    return {(who, quota) for who, quota in wanted if state_token(states[quota]) in shields[who]}


def list_pinned(round_: "Round") -> dict[str, str]:
    """Return the posting that each holder keeps who must get no better offer, by their names.

    They wished for a posting of a state that they have hidden themselves from since: the sealed
    list may still lead there, so a refill takes the place that they hold as accepted.
    """
    rows = Offer.objects.filter(round=round_, status=Status.OFFERED, shield__len__gt=0)
    open_ = list(rows.values_list("application_id", "candidate", "quota__reference"))
    states = states_of(matching.quota_ids_of(round_)) if open_ else {}
    tokens = {pk: state_token(state) for pk, state in states.items()}
    held = applications.hold_hidden_wishes((row[0] for row in open_), tokens) if open_ else set()
    return {candidate: posting for pk, candidate, posting in open_ if pk in held}


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


def _lines(balances: Mapping[str, int], *, with_reserve: bool) -> Iterator[Line]:
    free = sum(places for account, places in balances.items() if account in FREE)
    if not with_reserve:
        yield ANY_FREE, _("Free"), free
    for account in STOCKS:
        if account in balances and (with_reserve or account not in FREE):
            yield account.value, str(account.label), balances[account]


def _differences() -> tuple[int, list[dict[str, Any]]]:
    booked, sums = ledger.balances(), ledger.sums_of_entries()
    reverted = ledger.reverted_by_cause()
    fills, offers = matching.fills_in_force(), _offers_by_quota()
    quotas = list(list_published_once())
    faults: list[dict[str, Any]] = []
    for quota in quotas:
        fill = fills.get(quota.pk)
        expected = _expected(quota, fill.seats if fill else None, offers.get(quota.pk, {}))
        found = as_standing(booked.get(quota.pk, dict.fromkeys(Account.values, 0))) | {
            "entries": _drift(booked, sums, quota.pk),
            "causes": sum(reverted.get(quota.pk, {}).values()),
            "open_taken": quota.open_taken,
            "reserved_taken": quota.reserved_taken,
            "reverted_taken": quota.reverted_taken,
        }
        faults += _faults(quota.reference, found, expected)
    for key in sorted(booked.keys() - {quota.pk for quota in quotas}):
        faults += _faults(str(key), {"posted": booked[key]["posted"]}, {"posted": 0})
    return len(quotas), faults


def _faults(
    posting: str, found: Mapping[str, int], expected: Mapping[str, int]
) -> list[dict[str, Any]]:
    return [
        {
            "posting": posting,
            "account": account,
            "booked": found[account],
            "expected": expected[account],
        }
        for account in expected
        if found[account] != expected[account]
    ]


def _expected(
    quota: "Quota", plan: Seats | None, held: Mapping[tuple[str, str], int]
) -> dict[str, int]:
    """Return what the ledger must say of a quota; `held` are its live offers by status and seat."""
    undivided = {
        QuotaStatus.PUBLISHED.value: Account.UNALLOTTED.value,
        QuotaStatus.WITHDRAWN.value: Account.WITHDRAWN.value,
    }
    by_status: Counter[str] = Counter()
    by_seat: Counter[str] = Counter()
    for (status, seat), count in held.items():
        by_status[status] += count
        by_seat[f"{seat}_taken"] += count
    return standing(
        division=undivided.get(quota.status, ""),
        places=quota.places,
        reserve=quota.reserved,
        plan=plan,
        offered=by_status[Status.OFFERED],
        accepted=by_status[Status.ACCEPTED],
    ) | {
        "entries": 0,
        "causes": quota.reserved - plan.reserved if plan else 0,
        "open_taken": by_seat["open_taken"],
        "reserved_taken": by_seat["reserved_taken"],
        "reverted_taken": by_seat["reverted_taken"],
    }


def _drift(
    booked: Mapping[int, dict[str, int]], sums: Mapping[int, dict[str, int]], key: int
) -> int:
    """Count the accounts whose balance is not what their entries add up to."""
    nothing = dict.fromkeys(Account.values, 0)
    have, entries = booked.get(key, nothing), sums.get(key, nothing)
    return sum(have[account] != entries[account] for account in Account.values)


def _offers_by_quota() -> dict[int, dict[tuple[str, str], int]]:
    live = Offer.objects.filter(status__in=LIVE_STATUSES).order_by()
    found: dict[int, dict[tuple[str, str], int]] = {}
    rows = live.values_list("quota_id", "status", "seat").annotate(count=Count("pk"))
    for quota_id, status, seat, count in rows:
        found.setdefault(quota_id, {})[status, seat] = count
    return found
