"""Bulk writers of the demonstration: officials, invented workers, their checked wishes."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from accounts.enums import Role
from accounts.models import RoleGrant, User
from clearinghouse.applications.enums import Check, Status
from clearinghouse.applications.models import Application, Wish
from clearinghouse.demo.cast import DOMAIN, PASSWORD, Official
from clearinghouse.demo.people import Invented
from clearinghouse.people.models import LanguageSkill, Worker
from clearinghouse.protection import services as protection
from clearinghouse.protection.models import Determination
from clearinghouse.quotas import queries as quota_queries
from clearinghouse.quotas import rules
from clearinghouse.quotas.models import Quota
from clearinghouse.registry.models import Agency, Occupation, Officer, State

_LONGEST_LIST = 6
_OFFICE_NAMES = {
    "destination": "Labour migration office ({})",
    "origin": "Overseas employment service ({})",
    "protection": "International protection body",
    "clearing_house": "Clearing house secretariat",
    "oversight": "Office of the ombudsperson",
    "support": "Workers' help desk",
}


def new_uuid(rng: Random) -> uuid.UUID:
    """Return the next random id of a seeded source."""
    return uuid.UUID(int=rng.getrandbits(128), version=4)


def load_officials(officials: Sequence[Official]) -> dict[str, User]:
    """Write officials with offices, roles and one shared password; return them by e-mail."""
    password = make_password(PASSWORD)
    users = User.objects.bulk_create(
        [User(email=one.email, display_name=one.name, password=password) for one in officials]
    )
    _verify_addresses(users)
    RoleGrant.objects.bulk_create(
        [RoleGrant(user=user, role=one.role) for user, one in zip(users, officials, strict=True)]
    )
    states = State.objects.in_bulk(field_name="iso2")
    offices: dict[tuple[str, str], Agency] = {}
    for one in officials:
        key = (one.office, one.state)
        if key not in offices:
            offices[key] = Agency.objects.create(
                kind=one.office,
                state=states.get(one.state),
                name=_OFFICE_NAMES[one.office].format(one.state),
            )
    Officer.objects.bulk_create(
        [
            Officer(user=user, agency=offices[one.office, one.state], position=one.name)
            for user, one in zip(users, officials, strict=True)
        ]
    )
    return {user.email: user for user in users}


def load_workers(invented: Sequence[Invented]) -> list[Worker]:
    """Write accounts, profiles and languages of invented workers; nobody can sign in as them."""
    users = User.objects.bulk_create(
        [User(email=f"worker{one.number}@{DOMAIN}", password="!") for one in invented]  # noqa: S106
    )
    _verify_addresses(users)
    RoleGrant.objects.bulk_create([RoleGrant(user=user, role=Role.WORKER) for user in users])
    states = State.objects.in_bulk(field_name="iso2")
    occupations = Occupation.objects.in_bulk(field_name="code")
    workers = Worker.objects.bulk_create(
        [
            Worker(
                public_id=one.public_id,
                user=user,
                given_names=one.given_names,
                family_name=one.family_name,
                birth_date=one.birth_date,
                nationality=states[one.nationality],
                former_residence=states.get(one.former_residence),
                occupation=occupations[one.occupation],
                experience_years=one.experience_years,
                qualification=one.qualification,
            )
            for user, one in zip(users, invented, strict=True)
        ]
    )
    LanguageSkill.objects.bulk_create(
        [
            LanguageSkill(worker=worker, language=language, level=level)
            for worker, one in zip(workers, invented, strict=True)
            for language, level in one.languages.items()
        ]
    )
    return workers


def _verify_addresses(users: Sequence[User]) -> None:
    EmailAddress.objects.bulk_create(
        [EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users]
    )


def load_determinations(
    workers: Sequence[Worker], invented: Sequence[Invented], *, by: User, now: datetime
) -> None:
    """Write the determinations that the protection body made about the protected workers."""
    decided_at = now - timedelta(days=200)
    said = {"effective_on": decided_at.date().isoformat(), "review_on": "", "reasons": ""}
    rows = [
        (
            Determination(worker=worker, decided_by=by, decided_at=decided_at),
            {**said, "outcome": str(one.protected)},
        )
        for worker, one in zip(workers, invented, strict=True)
        if one.protected
    ]
    protection.seal_determinations(rows)
    Determination.objects.bulk_create([row for row, _said in rows])


def choose_wishes(
    one: Invented, quotas: Sequence[tuple[Quota, rules.QuotaFacts]], *, on: date
) -> list[Quota]:
    """Choose up to six postings that the worker is eligible for, the same ones every time."""
    rng = Random(one.number)  # noqa: S311 - invented people, not secrets
    profile = profile_of(one)
    fitting = [quota for quota, facts in quotas if not rules.reasons(facts, profile, on=on)]
    near = [quota for quota in fitting if quota.occupation.code[:2] == one.occupation[:2]]
    rest = [quota for quota in fitting if quota not in near]
    rng.shuffle(near)
    rng.shuffle(rest)
    return (near + rest)[: rng.randint(2, _LONGEST_LIST)]


def profile_of(one: Invented) -> rules.Profile:
    """Return the facts that eligibility and points look at."""
    return rules.Profile(
        birth_date=one.birth_date,
        nationality=one.nationality,
        occupation=one.occupation,
        experience_years=one.experience_years,
        qualification=one.qualification,
        languages=one.languages,
    )


def load_pool(
    people: Sequence[tuple[Worker, Invented]],
    quotas: Sequence[Quota],
    *,
    checkers: dict[str, User],
    now: datetime,
    checked: bool = True,
) -> int:
    """Write applications with ranked wishes; `checked` ones are in the pool. Return how many."""
    facts = [(quota, quota_queries.facts_of(quota)) for quota in quotas]
    rows = [(worker, one, choose_wishes(one, facts, on=now.date())) for worker, one in people]
    rows = [row for row in rows if row[2]]
    submitted = now - timedelta(days=3)
    applications = Application.objects.bulk_create(
        [
            Application(
                public_id=one.application_id,
                worker=worker,
                status=Status.IN_POOL if checked else Status.SUBMITTED,
                lodged_on=submitted.date(),
                submitted_at=submitted,
                pooled_at=now - timedelta(days=1) if checked else None,
            )
            for worker, one, _wishes in rows
        ]
    )
    decision = {"check_status": Check.ELIGIBLE, "decided_at": now - timedelta(days=1)}
    Wish.objects.bulk_create(
        [
            Wish(
                application=application,
                quota=quota,
                rank=rank,
                **({**decision, "decided_by": checkers[quota.state.iso2]} if checked else {}),
            )
            for application, (_worker, _one, wishes) in zip(applications, rows, strict=True)
            for rank, quota in enumerate(wishes, start=1)
        ]
    )
    return len(applications)
