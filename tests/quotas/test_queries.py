"""What each person sees, in lists and one by one, and at what cost."""

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from clearinghouse.access.checks import SYSTEM
from clearinghouse.quotas import queries, rules, services
from clearinghouse.quotas.enums import Criterion, Status
from clearinghouse.quotas.models import Quota
from clearinghouse.shared.errors import Forbidden, NotFound
from tests.factories.accounts import make_user
from tests.factories.quotas import make_draft, make_quota

pytestmark = pytest.mark.django_db

HIDDEN = ["draft", "submitted", "returned", "approved", "withdrawn"]
SHOWN = ["published", "open", "closed"]


@pytest.fixture
def in_every_status(now: datetime) -> dict[str, Quota]:
    return {status: make_quota("DE", status, now=now) for status in Status.values}


def _actors() -> dict[str, object]:
    return {
        "nobody": AnonymousUser(),
        "worker": make_user("worker"),
        "own officer": make_user("quota_officer", state="DE"),
        "own approver": make_user("approver", state="DE"),
        "own caseworker": make_user("caseworker", state="DE"),
        "other officer": make_user("quota_officer", state="FR"),
        "origin officer": make_user("origin_officer", state="DE"),
        "operator": make_user("operator"),
        "auditor": make_user("auditor"),
        "system": SYSTEM,
    }


def test_visible_to_agrees_with_get_quota_for_everybody(in_every_status: dict[str, Quota]) -> None:
    for name, actor in _actors().items():
        listed = set(queries.visible_to(actor))
        for status, quota in in_every_status.items():
            try:
                found = queries.get_quota(quota.public_id, actor=actor) is not None
            except NotFound:
                found = False
            assert (quota in listed) is found, (name, status)
            inside = name.startswith("own ") or name == "system"
            assert found is (inside or status in SHOWN), (name, status)


def test_get_quota_says_the_same_of_hidden_and_absent(now: datetime) -> None:
    hidden = make_quota("DE", "draft", now=now)
    other = make_user("quota_officer", state="FR")
    with pytest.raises(NotFound) as first:
        queries.get_quota(hidden.public_id, actor=other)
    with pytest.raises(NotFound) as second:
        queries.get_quota(uuid.uuid4(), actor=other)
    assert (str(first.value), first.value.code) == (str(second.value), second.value.code)


def test_list_state_quotas_shows_own_state_only(in_every_status: dict[str, Quota]) -> None:
    ours, theirs = make_user("quota_officer", state="DE"), make_user("quota_officer", state="FR")
    assert set(queries.list_state_quotas(ours)) == set(in_every_status.values())
    assert not queries.list_state_quotas(theirs).exists()
    assert queries.count_state_quotas(ours) == dict.fromkeys(Status.values, 1)


def test_list_state_quotas_by_workers_is_forbidden() -> None:
    with pytest.raises(Forbidden):
        queries.list_state_quotas(make_user("worker"))


def test_list_state_quotas_by_official_without_state_is_empty(
    in_every_status: dict[str, Quota],
) -> None:
    stateless = User.objects.create(email="no.office@example.org")
    stateless.role_grants.create(role="quota_officer")
    assert list(queries.list_state_quotas(stateless)) == []


@pytest.mark.parametrize("search", ["nurse", "2221", "DE-2026-001", "GERMANY nurse", "ألمانيا"])
def test_list_public_finds_by_words(search: str, now: datetime) -> None:
    wanted = make_quota("DE", "open", now=now, title="Nurses in clinics", occupation="2221")
    make_quota("FR", "open", now=now, title="Welders")
    assert list(queries.list_public(search=search)) == [wanted]


def test_list_public_filters(now: datetime) -> None:
    wanted = make_quota("DE", "open", now=now, category="seasonal", occupation="9211")
    make_quota("FR", "published", now=now)
    for given in (
        {"state": "DE"},
        {"occupation": "92"},
        {"category": "seasonal"},
        {"status": "open"},
    ):
        assert list(queries.list_public(**given)) == [wanted], given


def test_list_waiting_approval_leaves_out_what_the_approver_wrote(now: datetime) -> None:
    both = make_user("quota_officer", "approver", state="DE")
    make_quota("DE", "submitted", author=both, now=now)
    waiting = make_quota("DE", "submitted", now=now)
    make_quota("FR", "submitted", now=now)
    assert list(queries.list_waiting_approval(both)) == [waiting]


def test_list_open_ends_with_the_closing_moment(now: datetime) -> None:
    quota = make_quota("DE", "open", now=now, closes_in=timedelta(hours=1))
    assert list(queries.list_open(now + timedelta(minutes=59))) == [quota]
    assert list(queries.list_open(now + timedelta(hours=1))) == []


def test_count_public_sums_open_quotas(now: datetime) -> None:
    make_quota("DE", "open", 10, 20, now=now)
    make_quota("FR", "open", 5, 20, now=now)
    make_quota("FR", "published", 50, now=now)
    assert queries.count_public() == {"quotas": 2, "places": 15, "reserved": 3, "states": 2}


def test_list_posting_states(now: datetime) -> None:
    make_quota("DE", "open", now=now)
    make_quota("FR", "draft", now=now)
    assert [state.iso2 for state in queries.list_posting_states()] == ["DE"]


def test_facts_of_tells_the_rules_everything(now: datetime) -> None:
    made = make_quota(
        "DE",
        "open",
        now=now,
        occupation="7212",
        occupation_digits=2,
        language="de",
        min_language_level="B1",
        min_experience_years=3,
        min_qualification="3",
        open_to=frozenset({"SY", "UA"}),
        weight_language=5,
        weight_priority=100,
        priority_occupations=frozenset({"7212"}),
    )
    facts = queries.facts_of(queries.list_by_ids([made.pk]).get())
    assert facts == rules.QuotaFacts(
        occupation="7212",
        occupation_digits=2,
        language="de",
        min_language_level="B1",
        min_experience_years=3,
        min_qualification="3",
        open_to=frozenset({"SY", "UA"}),
        weights={
            Criterion.LANGUAGE: 5,
            Criterion.EXPERIENCE: 10,
            Criterion.QUALIFICATION: 0,
            Criterion.OCCUPATION: 5,
            Criterion.PRIORITY: 100,
        },
        priority_occupations=frozenset({"7212"}),
    )


@pytest.mark.parametrize("count", [1, 6])
def test_facts_of_many_costs_three_queries(
    count: int, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    made = [make_quota("DE", "draft", now=now, open_to=frozenset({"SY"})) for _ in range(count)]
    with django_assert_num_queries(3):
        rows = queries.list_by_ids([quota.pk for quota in made])
        assert len([queries.facts_of(row) for row in rows]) == count


@pytest.mark.parametrize(
    ("role", "status", "expected"),
    [
        ("quota_officer", "draft", ["edit", "submit", "delete"]),
        ("quota_officer", "submitted", []),
        ("quota_officer", "returned", ["edit", "submit", "withdraw"]),
        ("quota_officer", "approved", []),
        ("approver", "draft", []),
        ("approver", "submitted", ["approve", "return"]),
        ("approver", "approved", ["publish", "withdraw"]),
        ("approver", "published", ["withdraw"]),
        ("approver", "open", []),
        ("approver", "closed", []),
        ("caseworker", "submitted", []),
    ],
)
def test_list_moves_by_role_and_status(
    role: str, status: str, expected: list[str], now: datetime
) -> None:
    quota = make_quota("DE", status, now=now)
    assert queries.list_moves(make_user(role, state="DE"), quota, now=now) == expected


def test_list_moves_offers_no_submission_of_an_incomplete_draft(now: datetime) -> None:
    quota = make_quota("DE", "draft", now=now, housing=False)
    assert queries.list_moves(quota.author, quota, now=now) == ["edit", "delete"]


def test_list_moves_offers_the_writer_no_decision(now: datetime) -> None:
    both = make_user("quota_officer", "approver", state="DE")
    quota = make_quota("DE", "submitted", author=both, now=now)
    assert queries.list_moves(both, quota, now=now) == []


def test_list_moves_offers_no_publication_after_the_period(now: datetime) -> None:
    quota = make_quota("DE", "approved", now=now)
    later = now + timedelta(days=900)
    approver = make_user("approver", state="DE")
    assert queries.list_moves(approver, quota, now=later) == ["withdraw"]


def test_draft_of_counts_the_last_day_inside(now: datetime) -> None:
    quota = make_quota("DE", "draft", now=now, ends_on=date(2028, 2, 29))
    quota.refresh_from_db()
    assert queries.draft_of(quota).ends_on == date(2028, 2, 29)


def test_list_approvers_leaves_out_closed_accounts_and_other_states(now: datetime) -> None:
    approver = make_user("approver", state="DE")
    closed = make_user("approver", state="DE")
    closed.is_active = False
    closed.save()
    make_user("approver", state="FR")
    quota = make_quota("DE", "draft", now=now)
    assert queries.list_approvers(quota.state) == [approver]


def test_list_by_public_ids(now: datetime) -> None:
    first, second = make_quota("DE", "open", now=now), make_quota("FR", "open", now=now)
    make_quota("FR", "open", now=now)
    assert list(queries.list_by_public_ids([second.public_id, first.public_id])) == [first, second]


def test_forecast_reserve_counts_published_postings_once(now: datetime) -> None:
    make_quota("DE", "published", 5, 10, now=now)
    draft = make_quota("DE", "draft", 5, 10, now=now)
    alone = make_quota("FR", "draft", 5, 10, now=now)
    assert (queries.forecast_reserve(draft), queries.forecast_reserve(alone)) == (0, 1)
    assert draft.reserve_share == Decimal(10)


def test_services_keep_the_draft_type_at_hand() -> None:
    assert isinstance(make_draft(), services.QuotaDraft)
