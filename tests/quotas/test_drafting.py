"""Writing a quota: draft, edit, delete."""

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from clearinghouse.audit.enums import Verb
from clearinghouse.audit.queries import list_events_of
from clearinghouse.quotas import queries, services
from clearinghouse.quotas.models import Quota
from clearinghouse.shared.errors import Conflict, Forbidden, Invalid, NotFound, NotNow
from tests.factories.accounts import make_user
from tests.factories.quotas import make_draft, make_quota

pytestmark = pytest.mark.django_db


def _verbs(quota: Quota) -> list[str]:
    events = list_events_of("quotas.quota", str(quota.public_id))
    return list(events.values_list("verb", flat=True))


def test_draft_quota_keeps_every_field(now: datetime) -> None:
    officer = make_user("quota_officer", state="DE")
    data = make_draft(
        open_to=frozenset({"SY", "UA"}),
        priority_occupations=frozenset({"7212", "72"}),
        language="de",
        min_language_level="A2",
        source_places=25_000,
        source_url="https://example.org/programme",
        figure_kind="legal_cap",
    )
    quota = services.draft_quota(by=officer, data=data, now=now)
    kept = queries.get_quota(quota.public_id, actor=officer)
    assert queries.draft_of(kept) == data
    assert (kept.status, kept.version, kept.author, kept.state.iso2) == ("draft", 1, officer, "DE")
    assert _verbs(quota) == [Verb.QUOTA_DRAFTED]


def test_draft_quota_numbers_by_state_and_year(now: datetime) -> None:
    made = [make_quota(state, "draft", now=now) for state in ("DE", "DE", "FR")]
    later = make_quota("DE", "draft", now=now + timedelta(days=60))
    assert [quota.reference for quota in [*made, later]] == [
        "DE-2026-001",
        "DE-2026-002",
        "FR-2026-001",
        "DE-2027-001",
    ]


@pytest.mark.parametrize("role", ["approver", "origin_officer", "worker", "operator"])
def test_draft_quota_by_others_is_refused(role: str, now: datetime) -> None:
    with pytest.raises(Forbidden):
        services.draft_quota(by=make_user(role, state="DE"), data=make_draft(), now=now)


@pytest.mark.parametrize(
    ("field", "over"),
    [
        ("title", {"title": "  "}),
        ("title", {"title": "x" * 201}),
        ("category", {"category": "forever"}),
        ("occupation", {"occupation": "9999"}),
        ("ends_on", {"ends_on": date(2027, 2, 28)}),
        ("ends_on", {"ends_on": date.max}),
        ("ends_on", {"ends_on": date(2101, 1, 1)}),
        ("starts_on", {"starts_on": date(1999, 12, 31)}),
        ("places", {"places": 0}),
        ("places", {"places": 10_000_001}),
        ("reserve_share", {"reserve_share": Decimal("100.01")}),
        ("reserve_share", {"reserve_share": Decimal(-1)}),
        ("reserve_share", {"reserve_share": Decimal("12.345")}),
        ("reserve_order", {"reserve_order": "last"}),
        ("wage_amount", {"wage_amount": Decimal(0)}),
        ("comparator_wage", {"comparator_wage": Decimal(-5)}),
        ("wage_currency", {"wage_currency": "EURO"}),
        ("wage_unit", {"wage_unit": "day"}),
        ("language", {"min_language_level": "B1"}),
        ("language", {"weight_language": 3}),
        ("min_language_level", {"language": "de", "min_language_level": "B3"}),
        ("min_experience_years", {"min_experience_years": 51}),
        ("min_qualification", {"min_qualification": "9"}),
        ("occupation_digits", {"occupation_digits": 5}),
        ("occupation_digits", {"occupation": "72", "occupation_digits": 3}),
        ("weight_experience", {"weight_experience": 1001}),
        ("by_lot", {"by_lot": True}),
        ("open_to", {"open_to": frozenset({"XX"})}),
        ("open_to", {"open_to": frozenset({"DE"})}),
        ("priority_occupations", {"priority_occupations": frozenset({"0000"})}),
        ("source_url", {"source_places": 5, "figure_kind": "pledge"}),
        ("source_url", {"source_url": "javascript:alert(1)"}),
        ("figure_kind", {"source_places": 5, "source_url": "https://example.org"}),
        ("figure_kind", {"figure_kind": "guess"}),
        ("complaint_route", {"complaint_route": "x" * 2001}),
    ],
)
def test_draft_quota_with_wrong_field_names_it(
    field: str, over: dict[str, Any], now: datetime
) -> None:
    officer = make_user("quota_officer", state="DE")
    with pytest.raises(Invalid) as refusal:
        services.draft_quota(by=officer, data=make_draft(**over), now=now)
    assert set(refusal.value.fields) == {field}
    assert all(str(text).endswith(".") for text in refusal.value.fields[field])
    assert not Quota.objects.exists()


def test_edit_quota_records_what_changed(now: datetime) -> None:
    quota = make_quota("DE", "draft", now=now)
    data = make_draft(title=quota.title, places=12, reserve_share=Decimal(20), housing=False)
    edited = services.edit_quota(
        by=quota.author, quota_id=quota.public_id, version=1, data=data, now=now
    )
    assert (edited.places, edited.housing, edited.version) == (12, False, 2)
    event = list_events_of("quotas.quota", str(quota.public_id)).last()
    assert event is not None
    assert event.facts == {"version": 2, "changed": ["places", "housing"]}


def test_edit_quota_of_older_version_changes_nothing(now: datetime) -> None:
    quota = make_quota("DE", "draft", now=now)
    colleague = make_user("quota_officer", state="DE")
    services.edit_quota(
        by=colleague, quota_id=quota.public_id, version=1, data=make_draft(title="His"), now=now
    )
    with pytest.raises(Conflict) as refusal:
        services.edit_quota(
            by=quota.author, quota_id=quota.public_id, version=1, data=make_draft(), now=now
        )
    assert refusal.value.code == "edited_by_other"
    quota.refresh_from_db()
    assert (quota.title, quota.version) == ("His", 2)


@pytest.mark.parametrize("status", ["submitted", "approved", "published", "open", "withdrawn"])
def test_edit_quota_after_it_left_its_author_is_refused(status: str, now: datetime) -> None:
    quota = make_quota("DE", status, now=now)
    with pytest.raises(NotNow):
        services.edit_quota(
            by=quota.author, quota_id=quota.public_id, version=1, data=make_draft(), now=now
        )


def test_edit_quota_of_another_state_is_not_found(now: datetime) -> None:
    quota = make_quota("DE", "draft", now=now)
    stranger = make_user("quota_officer", state="FR")
    with pytest.raises(NotFound) as hidden:
        services.edit_quota(
            by=stranger, quota_id=quota.public_id, version=1, data=make_draft(), now=now
        )
    with pytest.raises(NotFound) as absent:
        services.edit_quota(
            by=stranger, quota_id=uuid.uuid4(), version=1, data=make_draft(), now=now
        )
    assert str(hidden.value) == str(absent.value)


def test_edit_public_quota_of_another_state_is_forbidden(now: datetime) -> None:
    quota = make_quota("DE", "published", now=now)
    with pytest.raises(Forbidden):
        services.edit_quota(
            by=make_user("quota_officer", state="FR"),
            quota_id=quota.public_id,
            version=1,
            data=make_draft(),
            now=now,
        )


def test_delete_draft_leaves_only_the_record(now: datetime) -> None:
    quota = make_quota("DE", "draft", now=now)
    services.delete_draft(by=quota.author, quota_id=quota.public_id, now=now)
    assert not Quota.objects.exists()
    assert _verbs(quota) == [Verb.QUOTA_DRAFTED, Verb.QUOTA_DELETED]


@pytest.mark.parametrize("status", ["submitted", "returned", "open"])
def test_delete_draft_once_submitted_is_refused(status: str, now: datetime) -> None:
    quota = make_quota("DE", status, now=now)
    with pytest.raises(NotNow):
        services.delete_draft(by=quota.author, quota_id=quota.public_id, now=now)
