"""Appointments: who may, into which office, and which roles never meet in one person."""

import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.enums import INCOMPATIBLE_PAIRS, Role
from accounts.models import RoleGrant, User
from accounts.queries import held_roles, roles_of
from clearinghouse.access.checks import SYSTEM
from clearinghouse.audit.models import Event
from clearinghouse.registry import queries, services
from clearinghouse.registry.models import Officer
from clearinghouse.shared.database import violated_constraint
from clearinghouse.shared.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, NotNow
from tests.factories.accounts import make_user
from tests.factories.registry import make_agency

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator() -> User:
    """Give an administrator."""
    return make_user("administrator")


def test_appoint_gives_role_and_office_and_records_it(administrator: User, now: datetime) -> None:
    agency, user = make_agency("destination", state="DE"), make_user()
    services.appoint(
        by=administrator,
        user=user,
        agency_id=agency.public_id,
        role=Role.QUOTA_OFFICER,
        position="Head",
        now=now,
    )
    assert roles_of(user) == {"quota_officer"}
    assert queries.state_of(user).iso2 == "DE"
    event = Event.objects.latest("pk")
    assert (event.verb, event.subject, event.state) == ("role_granted", str(user.public_id), "DE")
    assert event.facts == {"role": "quota_officer", "agency": str(agency.public_id)}


def test_appoint_by_the_system_needs_no_administrator(now: datetime) -> None:
    user, agency = make_user(), make_agency("clearing_house", state=None)
    services.appoint(by=SYSTEM, user=user, agency_id=agency.public_id, role=Role.OPERATOR, now=now)
    grant = RoleGrant.objects.get(user=user)
    assert (grant.granted_by, grant.granted_at) == (None, now)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_appoint_by_another_role_is_forbidden(role: str, now: datetime) -> None:
    by, agency = make_user(role, state="DE"), make_agency()
    with pytest.raises(Forbidden):
        services.appoint(
            by=by,
            user=make_user(),
            agency_id=agency.public_id,
            role=Role.QUOTA_OFFICER,
            now=now,
        )


def test_appoint_of_oneself_is_forbidden(administrator: User, now: datetime) -> None:
    agency = queries.officer_of(administrator).agency
    with pytest.raises(Forbidden) as refusal:
        services.appoint(
            by=administrator,
            user=administrator,
            agency_id=agency.public_id,
            role=Role.OPERATOR,
            now=now,
        )
    assert refusal.value.code == "not_yourself"


def test_appoint_into_the_wrong_kind_of_agency_is_invalid(
    administrator: User, now: datetime
) -> None:
    with pytest.raises(Invalid) as refusal:
        services.appoint(
            by=administrator,
            user=make_user(),
            agency_id=make_agency("origin", state="PH").public_id,
            role=Role.APPROVER,
            now=now,
        )
    assert refusal.value.code == "wrong_agency"
    assert list(refusal.value.fields) == ["agency"]


def test_appoint_as_a_worker_is_invalid(administrator: User, now: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        services.appoint(
            by=administrator,
            user=make_user(),
            agency_id=make_agency().public_id,
            role=Role.WORKER,
            now=now,
        )
    assert refusal.value.code == "role_without_office"


def test_appoint_names_both_roles_that_exclude_each_other(
    administrator: User, now: datetime
) -> None:
    user = make_user("caseworker", state="DE")
    with pytest.raises(Conflict) as refusal:
        services.appoint(
            by=administrator,
            user=user,
            agency_id=queries.officer_of(user).agency.public_id,
            role=Role.APPROVER,
            now=now,
        )
    assert refusal.value.code == "incompatible_roles"
    assert "“Caseworker”" in str(refusal.value)
    assert "“Approver”" in str(refusal.value)
    assert held_roles(user) == {"caseworker"}


def test_appoint_to_a_role_already_held_is_a_conflict(administrator: User, now: datetime) -> None:
    user = make_user("caseworker", state="DE")
    with pytest.raises(Conflict) as refusal:
        services.appoint(
            by=administrator,
            user=user,
            agency_id=queries.officer_of(user).agency.public_id,
            role=Role.CASEWORKER,
            now=now,
        )
    assert refusal.value.code == "role_held"


def test_appoint_in_a_second_agency_is_a_conflict_until_the_roles_end(
    administrator: User, now: datetime
) -> None:
    user, france = make_user("caseworker", state="DE"), make_agency("destination", state="FR")

    def move() -> None:
        services.appoint(
            by=administrator,
            user=user,
            agency_id=france.public_id,
            role=Role.QUOTA_OFFICER,
            now=now,
        )

    with pytest.raises(Conflict) as refusal:
        move()
    assert refusal.value.code == "other_office"
    services.end_role(by=administrator, user_id=user.public_id, role=Role.CASEWORKER, now=now)
    move()
    assert queries.state_of(user).iso2 == "FR"


def test_appoint_to_a_closed_account_is_not_possible(administrator: User, now: datetime) -> None:
    user = make_user()
    User.objects.filter(pk=user.pk).update(is_active=False)
    with pytest.raises(NotNow):
        services.appoint(
            by=administrator,
            user=user,
            agency_id=make_agency().public_id,
            role=Role.CASEWORKER,
            now=now,
        )


def test_end_role_keeps_the_history_and_frees_the_pair(administrator: User, now: datetime) -> None:
    user = make_user("caseworker", state="DE")
    services.end_role(by=administrator, user_id=user.public_id, role=Role.CASEWORKER, now=now)
    assert held_roles(user) == frozenset()
    assert RoleGrant.objects.get(user=user).ended_at == now
    services.appoint(
        by=administrator,
        user=user,
        agency_id=queries.officer_of(user).agency.public_id,
        role=Role.APPROVER,
        now=now,
    )
    assert held_roles(user) == {"approver"}


def test_end_role_that_is_not_held_is_not_found(administrator: User, now: datetime) -> None:
    user = make_user("caseworker", state="DE")
    with pytest.raises(NotFound):
        services.end_role(by=administrator, user_id=user.public_id, role=Role.APPROVER, now=now)


def test_end_role_of_oneself_is_forbidden(administrator: User, now: datetime) -> None:
    with pytest.raises(Forbidden):
        services.end_role(
            by=administrator,
            user_id=administrator.public_id,
            role=Role.ADMINISTRATOR,
            now=now,
        )


def test_workers_do_not_exist_for_the_administration(administrator: User, now: datetime) -> None:
    worker = make_user("worker")
    for act in (
        lambda: services.end_role(
            by=administrator, user_id=worker.public_id, role=Role.WORKER, now=now
        ),
        lambda: services.set_account_active(
            by=administrator, user_id=worker.public_id, active=False, now=now
        ),
    ):
        with pytest.raises(NotFound):
            act()


@pytest.mark.parametrize(("first", "second"), sorted(INCOMPATIBLE_PAIRS))
def test_the_database_refuses_each_incompatible_pair(first: str, second: str) -> None:
    user = make_user()
    RoleGrant.objects.create(user=user, role=second)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        RoleGrant.objects.create(user=user, role=first)
    assert violated_constraint(refusal.value) == "accounts_rolegrant_incompatible"


def test_the_database_refuses_an_incompatible_pair_in_raw_sql() -> None:
    user = make_user("operator")
    sql = "INSERT INTO accounts_rolegrant (user_id, role, granted_at) VALUES (%s, %s, now())"
    with (
        pytest.raises(IntegrityError, match="may not hold these two roles"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, [user.pk, "certifier"])


@pytest.mark.parametrize("change", ["revive", "rename"])
def test_the_database_refuses_an_incompatible_pair_by_update(change: str, now: datetime) -> None:
    user = make_user("operator")
    if change == "revive":
        grant = RoleGrant.objects.create(user=user, role="certifier", ended_at=now)
        wanted = {"ended_at": None}
    else:
        grant = RoleGrant.objects.create(user=user, role="helper")
        wanted = {"role": "certifier"}
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleGrant.objects.filter(pk=grant.pk).update(**wanted)


def test_the_database_accepts_roles_that_do_not_exclude_each_other() -> None:
    user = make_user("quota_officer", state="DE")
    RoleGrant.objects.create(user=user, role="caseworker")
    assert held_roles(user) == {"quota_officer", "caseworker"}


def _at_once(*acts: Callable[[], object]) -> list[object]:
    """Run acts in threads that start together; return results and refusals."""
    barrier, outcomes = threading.Barrier(len(acts)), list[object]()

    def run(act: Callable[[], object]) -> None:
        try:
            barrier.wait()
            outcomes.append(act())
        except (DomainError, IntegrityError) as error:
            outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.django_db(transaction=True)
@pytest.mark.races
@pytest.mark.parametrize("attempt", range(5))
def test_appoint_to_two_incompatible_roles_at_once_gives_one(attempt: int, now: datetime) -> None:
    user, agency = make_user(), make_agency("clearing_house", state=None)
    outcomes = _at_once(
        *(
            lambda role=role: services.appoint(
                by=SYSTEM,
                user=User.objects.get(pk=user.pk),
                agency_id=agency.public_id,
                role=role,
                now=now,
            )
            for role in (Role.OPERATOR, Role.CERTIFIER)
        )
    )
    refusals = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert [refusal.code for refusal in refusals] == ["incompatible_roles"]
    assert len(held_roles(user)) == 1
    assert Officer.objects.filter(user=user).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.races
@pytest.mark.parametrize("attempt", range(5))
def test_two_bare_inserts_of_incompatible_roles_at_once_leave_one(attempt: int) -> None:
    user = make_user()
    outcomes = _at_once(
        *(
            lambda role=role: RoleGrant.objects.create(user_id=user.pk, role=role)
            for role in ("operator", "certifier")
        )
    )
    assert sum(isinstance(outcome, IntegrityError) for outcome in outcomes) == 1
    assert len(held_roles(user)) == 1
