"""Nominations: by form, by file, and the worker's own word."""

import dataclasses
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from clearinghouse.applications import queries, services
from clearinghouse.applications.models import Nomination, NominationBatch
from clearinghouse.audit.models import Event
from clearinghouse.notices.models import Message
from clearinghouse.shared.database import violated_constraint
from clearinghouse.shared.errors import Forbidden, Invalid, NotFound, NotNow
from tests.factories.accounts import make_user
from tests.factories.applications import (
    make_application,
    make_nomination,
)
from tests.factories.people import make_worker, verify_email
from tests.factories.quotas import make_quota

pytestmark = pytest.mark.django_db

HEADER = "reference,given_names,family_name,birth_date,email,occupation,posting"
ROW = "KE-1,Amina,Odhiambo,1994-05-17,amina@example.org,7212,"


def _file(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows]).encode()


def _import(content: bytes, now: datetime, officer: Any = None, name: str = "list.csv") -> Any:
    officer = officer or make_user("origin_officer", state="KE")
    return services.import_nominations(by=officer, file_name=name, content=content, now=now)


def test_nominate_awaits_the_worker_and_writes_a_neutral_letter(now: datetime) -> None:
    officer, quota = make_user("origin_officer", state="KE"), make_quota(now=now)
    row = make_nomination(officer, posting=quota.reference, email="Amina@Example.org", now=now)
    assert (row.status, row.email, row.quota) == ("awaiting_worker", "amina@example.org", quota)
    message = Message.objects.get(user=None)
    assert (message.user, message.address, message.kind, message.facts) == (
        None,
        "amina@example.org",
        "nominated",
        {},
    )
    event = Event.objects.get(verb="worker_nominated")
    assert (event.state, event.facts) == ("KE", {})


def test_known_person_gets_the_letter_by_address_too(now: datetime) -> None:
    worker = make_worker(now=now)
    make_nomination(email=worker.user.email, now=now)
    message = Message.objects.get()
    assert (message.user, message.address) == (None, worker.user.email)


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"reference": ""}, "reference"),
        ({"reference": "x" * 41}, "reference"),
        ({"given_names": " "}, "given_names"),
        ({"given_names": "=HYPERLINK(1)"}, "given_names"),
        ({"family_name": "+41"}, "family_name"),
        ({"family_name": "@cmd"}, "family_name"),
        ({"family_name": "-1"}, "family_name"),
        ({"family_name": "a\tb"}, "family_name"),
        ({"birth_date": "17.05.1994"}, "birth_date"),
        ({"birth_date": "1994-02-30"}, "birth_date"),
        ({"birth_date": "19940517"}, "birth_date"),
        ({"birth_date": "2008-11-22"}, "birth_date"),
        ({"birth_date": "1899-01-01"}, "birth_date"),
        ({"email": "amina"}, "email"),
        ({"occupation": "721"}, "occupation"),
        ({"occupation": "9999"}, "occupation"),
        ({"posting": "DE-2026-999"}, "posting"),
    ],
)
def test_nominate_refuses_what_cannot_be_true(
    over: dict[str, Any], field: str, now: datetime
) -> None:
    with pytest.raises(Invalid) as refusal:
        make_nomination(now=now, **over)
    assert list(refusal.value.fields) == [field]


def test_nominate_accepts_a_date_and_a_single_name(now: datetime) -> None:
    row = make_nomination(birth_date=date(2008, 11, 21), family_name="", now=now)
    assert row.birth_date == date(2008, 11, 21)


def test_nominate_for_a_hidden_posting_sounds_like_an_absent_one(now: datetime) -> None:
    draft = make_quota(status="draft", now=now)
    answers = []
    for reference in (draft.reference, "DE-2026-999"):
        with pytest.raises(Invalid) as refusal:
            make_nomination(posting=reference, now=now)
        answers.append(refusal.value.fields)
    assert answers[0] == answers[1]


def test_reference_belongs_to_the_state(now: datetime) -> None:
    officer = make_user("origin_officer", state="KE")
    make_nomination(officer, reference="1", now=now)
    with pytest.raises(Invalid) as refusal:
        make_nomination(officer, reference="1", now=now)
    assert list(refusal.value.fields) == ["reference"]
    make_nomination(make_user("origin_officer", state="PH"), reference="1", now=now)


@pytest.mark.parametrize(
    ("role", "state"),
    [
        ("worker", None),
        ("helper", None),
        ("caseworker", "DE"),
        ("quota_officer", "DE"),
        ("protection_officer", None),
        ("operator", None),
        ("auditor", None),
        ("administrator", None),
    ],
)
def test_only_origin_officers_nominate_and_read(
    role: str, state: str | None, now: datetime
) -> None:
    actor, row = make_user(role, state=state), make_nomination(now=now)
    acts: list[Any] = [
        lambda: make_nomination(actor, now=now),
        lambda: _import(_file(ROW), now, actor),
        lambda: services.withdraw_nomination(by=actor, nomination_id=row.public_id, now=now),
        lambda: queries.list_nominations(actor),
        lambda: queries.get_nomination(actor, row.public_id),
        lambda: queries.list_batches(actor),
    ]
    for act in acts:
        with pytest.raises(Forbidden):
            act()


def test_state_sees_its_own_nominations_only(now: datetime) -> None:
    row, other = make_nomination(now=now), make_user("origin_officer", state="PH")
    assert list(queries.list_nominations(other)) == []
    for name in (row.public_id, "nonsense"):
        with pytest.raises(NotFound) as refusal:
            queries.get_nomination(other, name)
        assert str(refusal.value) == "There is no such nomination."
    with pytest.raises(NotFound):
        services.withdraw_nomination(by=other, nomination_id=row.public_id, now=now)


def test_withdraw_nomination_twice_is_the_same_as_once(now: datetime) -> None:
    officer = make_user("origin_officer", state="KE")
    row = make_nomination(officer, now=now)
    for _ in range(2):
        gone = services.withdraw_nomination(by=officer, nomination_id=row.public_id, now=now)
        assert gone.status == "withdrawn"
    assert Event.objects.filter(verb="nomination_withdrawn").count() == 1


def test_row_of_a_state_cannot_lead_to_the_person(now: datetime) -> None:
    officer = make_user("origin_officer", state="KE")
    make_nomination(officer, now=now)
    [row] = queries.list_nominations(officer)
    fields = {field.name for field in dataclasses.fields(row)}
    assert not fields & {"worker", "declined_at", "user"}
    assert row.get_status_display() == "Awaiting the worker"


# The worker's own word


def test_confirm_attaches_the_worker_and_adds_the_wish(now: datetime) -> None:
    officer, quota = make_user("origin_officer", state="KE"), make_quota(now=now)
    worker = make_worker(now=now)
    first = make_quota(now=now)
    application = make_application(worker, [first], now=now)
    row = make_nomination(officer, email=worker.user.email, posting=quota.reference, now=now)
    [waiting] = queries.nominations_for(worker.user)
    assert waiting.public_id == row.public_id
    confirmed = services.confirm_nomination(by=worker.user, nomination_id=row.public_id, now=now)
    assert (confirmed.worker, confirmed.confirmed_at) == (worker, now)
    assert [wish.quota_id for wish in application.wishes.order_by("rank")] == [first.pk, quota.pk]
    assert queries.get_nomination(officer, row.public_id).status == "confirmed"
    assert list(queries.nominations_for(worker.user)) == []


def test_confirm_starts_an_application_for_the_posting(now: datetime) -> None:
    quota, worker = make_quota(now=now), make_worker(now=now)
    row = make_nomination(email=worker.user.email, posting=quota.reference, now=now)
    services.confirm_nomination(by=worker.user, nomination_id=row.public_id, now=now)
    live = queries.find_live(worker)
    assert live is not None
    assert [wish.quota for wish in live.wishes.all()] == [quota]


@pytest.mark.parametrize("case", ["not_eligible", "published", "listed", "locked", "sealing"])
def test_confirm_counts_even_if_the_posting_cannot_be_added(case: str, now: datetime) -> None:
    worker, later = make_worker(now=now), now
    other = make_quota(closes_in=timedelta(days=1), now=now)
    over = {"min_experience_years": 20} if case == "not_eligible" else {}
    status = "published" if case == "published" else "open"
    quota = make_quota(status=status, now=now, **over)
    if case in {"listed", "locked", "sealing"}:
        stands = {"listed": "draft", "locked": "locked", "sealing": "in_pool"}[case]
        make_application(worker, [quota if case == "listed" else other], stands, now=now)
        later = now + timedelta(days=2) if case == "sealing" else now
    row = make_nomination(email=worker.user.email, posting=quota.reference, now=now)
    before = queries.latest_of(worker)
    wishes = before.wishes.count() if before else 0
    done = services.confirm_nomination(by=worker.user, nomination_id=row.public_id, now=later)
    assert done.status == "confirmed"
    after = queries.latest_of(worker)
    assert (after.wishes.count() if after else 0) == wishes


def test_confirm_needs_a_profile_and_an_adult(now: datetime) -> None:
    user = make_user("worker")
    verify_email(user)
    row = make_nomination(email=user.email, now=now)
    with pytest.raises(NotNow) as refusal:
        services.confirm_nomination(by=user, nomination_id=row.public_id, now=now)
    assert refusal.value.code == "no_profile"
    make_worker(user, birth_date=date(2010, 1, 1), experience_years=0, now=now)
    with pytest.raises(NotNow) as kind:
        services.confirm_nomination(by=user, nomination_id=row.public_id, now=now)
    assert kind.value.code == "minor"


def test_confirm_needs_the_verified_address(now: datetime) -> None:
    worker, other = make_worker(now=now), make_worker(now=now)
    row = make_nomination(email=worker.user.email, now=now)
    EmailAddress.objects.filter(user=worker.user).update(verified=False)
    for user in (worker.user, other.user, make_user("worker")):
        assert list(queries.nominations_for(user)) == []
        for act in (services.confirm_nomination, services.decline_nomination):
            with pytest.raises((NotFound, NotNow)) as refusal:
                act(by=user, nomination_id=row.public_id, now=now)
            assert refusal.type is NotFound


def test_confirm_twice_is_not_found(now: datetime) -> None:
    worker = make_worker(now=now)
    row = make_nomination(email=worker.user.email, now=now)
    services.confirm_nomination(by=worker.user, nomination_id=row.public_id, now=now)
    with pytest.raises(NotFound):
        services.confirm_nomination(by=worker.user, nomination_id=row.public_id, now=now)


def test_confirmed_nomination_cannot_be_withdrawn(now: datetime) -> None:
    officer, worker = make_user("origin_officer", state="KE"), make_worker(now=now)
    row = make_nomination(officer, email=worker.user.email, now=now)
    services.confirm_nomination(by=worker.user, nomination_id=row.public_id, now=now)
    with pytest.raises(NotNow):
        services.withdraw_nomination(by=officer, nomination_id=row.public_id, now=now)


def test_decline_is_never_shown_to_the_state(now: datetime) -> None:
    officer, worker = make_user("origin_officer", state="KE"), make_worker(now=now)
    row = make_nomination(officer, email=worker.user.email, now=now)
    services.decline_nomination(by=worker.user, nomination_id=row.public_id, now=now)
    assert queries.get_nomination(officer, row.public_id) == row
    assert list(queries.nominations_for(worker.user)) == []
    gone = services.withdraw_nomination(by=officer, nomination_id=row.public_id, now=now)
    assert gone.status == "withdrawn"


# Two worlds: the person exists, or does not


def _world(email: str, officer: Any, now: datetime) -> str:
    """Everything that a state can observe of nominating somebody, without random ids."""
    seen: list[Any] = []
    good = _file(ROW.replace("amina@example.org", email))
    bad = _file(ROW.replace("amina@example.org", email).replace("1994-05-17", "?"))
    with pytest.raises(Invalid) as refusal:
        _import(bad, now, officer)
    seen += [str(refusal.value), refusal.value.facts]
    batch = _import(good, now, officer)
    seen += [batch.row_count, batch.file_name]
    row = make_nomination(officer, reference="single", email=email, now=now)
    listed = list(queries.list_nominations(officer))
    blank = [dataclasses.replace(item, public_id=None) for item in (row, *listed)]
    seen.append([dataclasses.asdict(item) for item in blank])
    letters = Message.objects.filter(address=email).order_by("pk")
    seen.append([(m.user_id, m.kind, m.language, m.facts, m.made_at) for m in letters])
    return repr(seen).replace(email, "<address>")


def test_two_worlds_look_the_same_to_the_state(now: datetime) -> None:
    known = make_worker(make_user("worker", email="one@example.org"), now=now)
    application = make_application(known, [make_quota(now=now)], "in_pool", now=now)
    with_person = _world("one@example.org", make_user("origin_officer", state="KE"), now)
    row = Nomination.objects.get(reference="single")
    services.decline_nomination(by=known.user, nomination_id=row.public_id, now=now)
    assert application.worker == known
    Nomination.objects.all().delete()
    NominationBatch.objects.all().delete()
    without = _world("two@example.org", make_user("origin_officer", state="KE"), now)
    assert with_person == without


@pytest.mark.parametrize("count", [1, 30])
def test_list_nominations_takes_one_query(
    count: int, now: datetime, django_assert_num_queries: Any
) -> None:
    officer, quota = make_user("origin_officer", state="KE"), make_quota(now=now)
    for _ in range(count):
        make_nomination(officer, posting=quota.reference, now=now)
    queries.list_nominations(officer)
    with django_assert_num_queries(1):
        rows = [
            (row.occupation.code, row.quota.state.iso2) for row in queries.list_nominations(officer)
        ]
    assert rows == [("7212", "DE")] * count


def test_list_nominations_searches_and_filters(now: datetime) -> None:
    officer = make_user("origin_officer", state="KE")
    first = make_nomination(officer, reference="A", given_names="Zawadi", now=now)
    second = make_nomination(officer, reference="B", now=now + timedelta(minutes=1))
    services.withdraw_nomination(by=officer, nomination_id=second.public_id, now=now)
    assert [row.reference for row in queries.list_nominations(officer)] == ["B", "A"]
    assert [row.reference for row in queries.list_nominations(officer, "zawadi odh")] == ["A"]
    assert [row.reference for row in queries.list_nominations(officer, status="withdrawn")] == ["B"]
    assert queries.get_nomination(officer, first.public_id) == first


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ({"status": "lost"}, "applications_nomination_status"),
        ({"status": "confirmed"}, "applications_nomination_confirmed_pair"),
    ],
)
def test_database_refuses_impossible_nominations(
    columns: dict[str, Any], name: str, now: datetime
) -> None:
    make_nomination(now=now)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Nomination.objects.update(**columns)
    assert violated_constraint(refusal.value) == name


def test_database_refuses_a_reference_or_a_file_twice(now: datetime) -> None:
    officer = make_user("origin_officer", state="KE")
    batch = _import(_file(ROW), now, officer)
    nomination = Nomination.objects.get()
    nomination.pk, nomination.public_id = None, "11111111-1111-4111-8111-111111111111"
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        nomination.save()
    assert violated_constraint(refusal.value) == "applications_nomination_reference"
    batch.pk, batch.public_id = None, "11111111-1111-4111-8111-111111111111"
    with pytest.raises(IntegrityError) as twice, transaction.atomic():
        batch.save()
    assert violated_constraint(twice.value) == "applications_batch_once"
