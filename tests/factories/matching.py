"""Rounds in any status, made through the services as in life."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection

from accounts.models import User
from clearinghouse.applications.models import Application, Wish
from clearinghouse.matching import services
from clearinghouse.matching.models import Round, Run
from clearinghouse.people.models import Worker
from clearinghouse.quotas.models import Quota
from clearinghouse.registry.models import Occupation, State
from tests.factories.accounts import make_user
from tests.factories.protection import make_determination
from tests.factories.quotas import make_quota

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
CLOSES = NOW + timedelta(days=10)
SEALED = CLOSES + timedelta(hours=1)
DRAWN = SEALED + timedelta(hours=1)
RAN = DRAWN + timedelta(minutes=1)
CERTIFIED = RAN + timedelta(hours=1)
RELEASED = CERTIFIED + timedelta(hours=1)
_ROAD = ("planned", "open", "sealed", "drawn", "verified", "certified", "released")


@dataclass
class World:
    """A round with everybody who has a part in it."""

    round: Round
    operator: User
    quotas: list[Quota]
    workers: list[Worker] = field(default_factory=list)
    applications: list[Application] = field(default_factory=list)

    @property
    def number(self) -> int:
        """Return the round's public number."""
        return self.round.number

    def reload(self) -> Round:
        """Read the round again."""
        self.round.refresh_from_db()
        return self.round


def make_world(
    lists: Sequence[Sequence[int]] = ((0, 1), (0, 1), (1, 0), (0,)),
    *,
    places: Sequence[int] = (1, 1),
    reserve_share: Sequence[int] = (0, 0),
    order: str = "open_first",
    protected: Sequence[int] = (),
    experience: Sequence[int] = (),
    status: str = "released",
) -> World:
    """Make a round whose workers rank the postings by number, and lead it to a status.

    `protected` are the numbers of the workers who are recognised; `experience` their years, which
    give 10 points each (default: 20 for the first, one less for each next).
    """
    operator = make_user("operator")
    states = ("DE", "FR", "CA", "ES")
    quotas = [
        make_quota(
            states[number % len(states)],
            "published",
            count,
            share,
            now=NOW,
            reserve_order=order,
        )
        for number, (count, share) in enumerate(zip(places, reserve_share, strict=True))
    ]
    round_ = services.plan_round(
        by=operator,
        quota_ids=[quota.public_id for quota in quotas],
        opens_at=NOW,
        closes_at=CLOSES,
        now=NOW,
    )
    world = World(round_, operator, quotas)
    if status == "planned":
        return world
    services.open_round(by=operator, number=round_.number, now=NOW)
    caseworker = make_user("caseworker", state="DE")
    for number, wishes in enumerate(lists):
        years = experience[number] if experience else max(0, 20 - number)
        worker = make_person(years)
        if number in protected:
            make_determination(worker, now=NOW)
        world.workers.append(worker)
        asked = [quotas[wish] for wish in wishes]
        world.applications.append(make_ticket(worker, asked, caseworker))
    lead(world, status)
    return world


def make_person(years: int) -> Worker:
    """Make a worker with so many years of experience, in few statements."""
    return Worker.objects.create(
        user=make_user("worker"),
        given_names="Amina",
        family_name="Odhiambo",
        birth_date=date(1970, 1, 1),
        nationality=State.objects.get(iso2="KE"),
        occupation=Occupation.objects.get(code="7212"),
        experience_years=years,
        qualification="3",
    )


def make_ticket(worker: Worker, quotas: Sequence[Quota], caseworker: User) -> Application:
    """Make an application in the pool with these wishes, all found eligible."""
    application = Application.objects.create(
        worker=worker,
        status="in_pool",
        lodged_on=NOW.date(),
        submitted_at=NOW,
        pooled_at=NOW,
    )
    Wish.objects.bulk_create(
        Wish(
            application=application,
            quota=quota,
            rank=rank,
            check_status="eligible",
            decided_by=caseworker,
            decided_at=NOW,
        )
        for rank, quota in enumerate(quotas, start=1)
    )
    return application


def lead(world: World, status: str) -> Round:
    """Lead an open round on to a status by the ordinary road."""
    number = world.number
    for step in _ROAD[_ROAD.index(world.reload().status) + 1 : _ROAD.index(status) + 1]:
        if step == "sealed":
            services.seal_round(by=world.operator, number=number, now=SEALED)
        elif step == "drawn":
            services.draw_seed(by=world.operator, number=number, now=DRAWN)
        elif step == "verified":
            run = services.request_run(by=world.operator, number=number, now=RAN)
            execute(run)
        elif step == "certified":
            for _ in range(2):
                services.certify(by=make_user("certifier"), number=number, now=CERTIFIED)
        elif step == "released":
            from clearinghouse.offers.services import release_round

            release_round(by=world.operator, number=number, now=RELEASED)
    return world.reload()


def execute(run: Run, *, now: datetime = RAN, pid: int = 4711) -> Run | None:
    """Do a run as the background worker does, at a fixed time."""
    return services.execute_run(run_id=run.public_id, pid=pid, host="test", clock=lambda: now)


def forge_found(**found: object) -> None:
    """Change what every run has found, as only the owner of the tables can: triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Run.objects.update(**found)
        cursor.execute("SET LOCAL session_replication_role = origin")


def placements(round_: Round, generation: int = 0) -> dict[int, tuple[str, str]]:
    """Return (posting, seat) by the worker's key, as the rows of a run say; empty: no place."""
    run = Run.objects.get(round=round_, generation=generation, status="finished")
    rows: Any = run.decisions.values_list("entry__worker_id", "quota__reference", "seat")
    return {worker: (reference or "", seat) for worker, reference, seat in rows}
