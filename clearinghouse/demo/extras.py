"""What a visitor finds to do: drafts, requests, nominations, minors, people on paper."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

from accounts.enums import Role
from accounts.models import User
from clearinghouse.applications import services as applications
from clearinghouse.applications.enums import NominationStatus
from clearinghouse.applications.models import Nomination
from clearinghouse.demo import load
from clearinghouse.demo.cast import DOMAIN
from clearinghouse.demo.names import LABOUR_ORIGINS, REFUGEE_ORIGINS
from clearinghouse.demo.people import Invented, invent
from clearinghouse.people import services as people_services
from clearinghouse.people.models import Worker
from clearinghouse.people.rules import ProfileData
from clearinghouse.protection import keys
from clearinghouse.protection import services as protection
from clearinghouse.protection.models import Determination, Request
from clearinghouse.registry import services as registry
from clearinghouse.registry.enums import AgencyKind
from clearinghouse.registry.models import Agency, Occupation, State

People = Sequence[tuple[Worker, Invented]]

NOMINATED, CONFIRMED = 320, 220
DRAFTS = 60
REQUESTS = 12
MINORS = 3
_NEWCOMER = 2900


def known_states(codes: Iterable[str]) -> list[str]:
    """Keep the codes that the registry knows (a source may name territories)."""
    return sorted(State.objects.filter(iso2__in=list(codes)).values_list("iso2", flat=True))


def add_open_tasks(people: People, staff: dict[str, User], *, now: datetime) -> None:
    """Leave something to do for every role."""
    _start_drafts(people[-DRAFTS:], now=now)
    _nominate(people, staff, now=now)
    _ask_for_protection(people, staff[f"protection@{DOMAIN}"], now=now)
    _register_minors(now=now)
    _help_on_paper(staff[f"helper@{DOMAIN}"], now=now)
    _invite(staff[f"administrator@{DOMAIN}"], now=now)


def _start_drafts(people: People, *, now: datetime) -> None:
    for worker, _one in people:
        if worker.user is not None:
            applications.start(by=worker.user, now=now - timedelta(hours=20))


def _nominate(people: People, staff: dict[str, User], *, now: datetime) -> None:
    rng = Random(7)  # noqa: S311 - invented people, not secrets
    states = State.objects.in_bulk(field_name="iso2")
    occupations = Occupation.objects.in_bulk(field_name="code")
    chosen = [pair for pair in people if pair[1].nationality in LABOUR_ORIGINS]
    chosen = rng.sample(chosen, k=NOMINATED)
    Nomination.objects.bulk_create(
        [
            Nomination(
                state=states[one.nationality],
                nominated_by=staff[f"origin.{one.nationality.lower()}@{DOMAIN}"],
                reference=f"{one.nationality}-{number:04d}",
                given_names=one.given_names,
                family_name=one.family_name,
                birth_date=one.birth_date,
                email=f"worker{one.number}@{DOMAIN}",
                occupation=occupations[one.occupation],
                nominated_at=now - timedelta(days=20),
                **_confirmation(number, worker, now),
            )
            for number, (worker, one) in enumerate(chosen, start=1)
        ]
    )


def _confirmation(number: int, worker: Worker, now: datetime) -> dict[str, object]:
    if number > CONFIRMED:
        return {"status": NominationStatus.AWAITING_WORKER}
    return {
        "status": NominationStatus.CONFIRMED,
        "worker": worker,
        "confirmed_at": now - timedelta(days=15),
    }


def _ask_for_protection(people: People, officer: User, *, now: datetime) -> None:
    unknown = [
        worker for worker, one in people if one.nationality in REFUGEE_ORIGINS and not one.protected
    ]
    requests = [
        Request(worker=worker, made_at=now - timedelta(days=index))
        for index, worker in enumerate(unknown[:REQUESTS])
    ]
    for request in requests:
        keys.seal_row(
            request,
            statement="I had to leave and cannot go back. I can show my registration paper.",
        )
    Request.objects.bulk_create(requests)
    decided_at = now - timedelta(days=90)
    said = {
        "outcome": "refused",
        "effective_on": decided_at.date().isoformat(),
        "review_on": "",
        "reasons": "The criteria were not met. The application stays in the general pool.",
    }
    refused = [
        (Determination(worker=worker, decided_by=officer, decided_at=decided_at), said)
        for worker in unknown[REQUESTS : REQUESTS + 6]
    ]
    protection.seal_determinations(refused)
    Determination.objects.bulk_create([row for row, _said in refused])


def _register_minors(*, now: datetime) -> None:
    start = 9000
    young = [
        replace(one, number=start + one.number, birth_date=date(now.year - 16, 5, 1 + one.number))
        for one in invent(now.date(), count=MINORS)
    ]
    load.load_workers([_renamed(one) for one in young])
    protection.open_referrals(now=now)


def _renamed(one: Invented) -> Invented:
    rng = Random(one.number)  # noqa: S311 - invented people, not secrets
    return replace(one, public_id=load.new_uuid(rng), application_id=load.new_uuid(rng))


def _help_on_paper(helper: User, *, now: datetime) -> None:
    for given, family, occupation in (
        ("Selam", "Gebre", "7533"),
        ("Thida", "Win", "9211"),
        ("Farida", "Karimi", "5120"),
    ):
        worker = people_services.create_paper_person(
            by=helper,
            data=ProfileData(
                given_names=given,
                family_name=family,
                birth_date=date(1994, 3, 14),
                occupation=occupation,
                nationality="ER" if given == "Selam" else "MM" if given == "Thida" else "AF",
                experience_years=4,
                qualification="1",
                languages=(("it", "A1"), ("en", "A1")),
            ),
            signed_on=(now - timedelta(days=12)).date(),
            valid_until=(now + timedelta(days=180)).date(),
            now=now,
        )
        applications.start(
            by=helper,
            worker_id=worker.public_id,
            lodged_on=(now - timedelta(days=12)).date(),
            now=now,
        )


def _invite(administrator: User, *, now: datetime) -> None:
    for state, role in (("DE", Role.CASEWORKER), ("CA", Role.QUOTA_OFFICER)):
        agency = Agency.objects.get(kind=AgencyKind.DESTINATION, state__iso2=state)
        registry.invite_official(
            by=administrator,
            email=f"new.{role}.{state.lower()}@{DOMAIN}",
            role=role,
            agency_id=agency.public_id,
            language="en",
            now=now - timedelta(days=1),
        )
