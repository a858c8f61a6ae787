"""The invented world, told through the real services: quotas, rounds, people, open tasks."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil

from django.db import transaction

from accounts.models import User
from clearinghouse.demo import extras, load
from clearinghouse.demo.cast import DOMAIN, officials
from clearinghouse.demo.people import Invented, invent
from clearinghouse.demo.postings import Line, lines
from clearinghouse.matching import services as matching
from clearinghouse.matching.models import Round
from clearinghouse.people.models import Worker
from clearinghouse.protection import services as protection
from clearinghouse.quotas import services as quotas
from clearinghouse.quotas.models import Quota
from clearinghouse.quotas.rules import QuotaDraft

Say = Callable[[str], None]

ROUND_ONE, ROUND_TWO, ROUND_THREE, ROUND_FOUR = 1, 2, 3, 4
FIRST_POOL = 2300
SECOND_POOL = 2700
SECOND_WAITING = 2850
THIRD_POOL = 2890
FOURTH_POOL = 2930
_PUBLIC = frozenset({"round1", "round2", "round3", "round4", "published"})


@transaction.atomic
def tell(*, now: datetime, say: Say) -> None:
    """Load the whole invented world in one transaction; `now` anchors every date."""
    say("officials of 12 destinations, 20 origins and the international bodies")
    staff = load.load_officials(officials())
    say("quotas on sourced programmes")
    posted = {line.reference: _post(line, staff, now=now) for line in lines()}
    say("3,000 invented workers")
    invented = list(invent(now.date()))
    workers = load.load_workers(invented)
    people = list(zip(workers, invented, strict=True))
    load.load_determinations(workers, invented, by=staff[f"protection@{DOMAIN}"], now=now)
    protection.sweep_shields(now=now)
    _fill_rounds(people, posted, staff, now=now, say=say)
    say("open tasks for every role")
    extras.add_open_tasks(people, staff, now=now)


def _fill_rounds(
    people: list[tuple[Worker, Invented]],
    posted: dict[str, Quota],
    staff: dict[str, User],
    *,
    now: datetime,
    say: Say,
) -> None:
    checkers = {
        state: staff[f"caseworker.{state.lower()}@{DOMAIN}"]
        for state in {line.state for line in lines()}
    }
    first = _open_round(
        ROUND_ONE, posted, staff, start=now - timedelta(days=30), end=now - timedelta(minutes=1)
    )
    count = load.load_pool(
        people[:FIRST_POOL], first, checkers=checkers, now=now - timedelta(days=5)
    )
    say(f"round 1: {len(first)} postings, {count} applications, ready to be sealed")
    second = _open_round(
        ROUND_TWO, posted, staff, start=now - timedelta(days=4), end=now + timedelta(days=9)
    )
    count = load.load_pool(people[FIRST_POOL:SECOND_POOL], second, checkers=checkers, now=now)
    waiting = load.load_pool(
        people[SECOND_POOL:SECOND_WAITING], second, checkers=checkers, now=now, checked=False
    )
    say(f"round 2: {len(second)} postings, {count + waiting} applications, {waiting} to check")
    for number, start, end in (
        (ROUND_THREE, SECOND_WAITING, THIRD_POOL),
        (ROUND_FOUR, THIRD_POOL, FOURTH_POOL),
    ):
        small = _open_round(
            number, posted, staff, start=now - timedelta(days=9), end=now - timedelta(minutes=1)
        )
        load.load_pool(people[start:end], small, checkers=checkers, now=now - timedelta(days=2))


def _post(line: Line, staff: dict[str, User], *, now: datetime) -> Quota:
    low = line.state.lower()
    author, approver = staff[f"quota.{low}@{DOMAIN}"], staff[f"approver.{low}@{DOMAIN}"]
    start = now - timedelta(days=60)
    quota = quotas.draft_quota(by=author, data=_draft(line, now=now), now=start)
    if line.stage == "draft":
        return quota
    later = start + timedelta(days=2)
    quota = quotas.submit_quota(by=author, quota_id=quota.public_id, now=later)
    if line.stage == "returned":
        reason = "Please say how the housing is inspected."
        return quotas.return_quota(by=approver, quota_id=quota.public_id, reason=reason, now=later)
    if line.stage == "submitted":
        return quota
    quota = quotas.approve_quota(
        by=approver, quota_id=quota.public_id, now=later + timedelta(days=1)
    )
    if line.stage in _PUBLIC:
        quota = quotas.publish_quota(
            by=approver, quota_id=quota.public_id, now=later + timedelta(days=2)
        )
    return quota


def _draft(line: Line, *, now: datetime) -> QuotaDraft:
    row, source = line.row, line.source
    wage = Decimal(row["wage"])
    weights = line.weights
    months = int(source["max_duration_months"] or 0)
    starts = now.date() + timedelta(days=90)
    return QuotaDraft(
        title=str(source["programme"])[:200],
        summary=_summary(line),
        category=row["category"],
        occupation=row["occupation"],
        starts_on=starts,
        ends_on=starts + timedelta(days=30 * (months or 24)),
        places=int(row["places"]),
        reserve_share=line.share,
        reserve_order=row["order"],
        wage_amount=wage,
        wage_currency=row["currency"],
        wage_unit=row["unit"],
        comparator_wage=wage,
        health_cover=True,
        housing=True,
        ethical_recruitment=True,
        no_worker_fees=True,
        complaint_route="The labour inspectorate of the destination; the clearing house.",
        language=row["language"],
        min_language_level=row["level"],
        min_experience_years=int(row["experience"]),
        min_qualification=row["qualification"],
        occupation_digits=int(row["digits"]),
        open_to=frozenset(extras.known_states(line.open_to)),
        weight_language=weights[0],
        weight_experience=weights[1],
        weight_qualification=weights[2],
        weight_occupation=weights[3],
        weight_priority=weights[4],
        priority_occupations=frozenset({row["priority"]} if row["priority"] else ()),
        source_title=str(source["source_title"] or "")[:300],
        source_url=str(source["source_url"] or ""),
        source_places=int(source["places"] or 0) or None,
        figure_kind=str(source["figure_kind"] or ""),
    )


def _summary(line: Line) -> str:
    sourced, places = int(line.source["places"] or 0), int(line.row["places"])
    part = ceil(100 * places / sourced) if sourced else 0
    return (
        f"A demonstration on a real programme. The source gives {sourced:,} places; {places} of "
        f"them (about {part} %) are posted here. The reserve share, the wage and the requirements "
        "are invented."
    )


def _open_round(
    number: int, posted: dict[str, Quota], staff: dict[str, User], *, start: datetime, end: datetime
) -> list[Quota]:
    operator = staff[f"operator@{DOMAIN}"]
    chosen = [posted[line.reference] for line in lines() if line.stage == f"round{number}"]
    planned = matching.plan_round(
        by=operator,
        quota_ids=[quota.public_id for quota in chosen],
        opens_at=start,
        closes_at=end,
        now=start - timedelta(days=1),
    )
    # Fixed, so that the demonstration gives the same digests on every machine.
    Round.objects.filter(pk=planned.pk).update(salt=f"{number:064d}")
    matching.open_round(by=operator, number=planned.number, now=start)
    fresh = Quota.objects.filter(pk__in=[quota.pk for quota in chosen])
    return list(
        fresh.select_related("state", "occupation")
        .prefetch_related("open_to", "priority_occupations")
        .order_by("reference")
    )
