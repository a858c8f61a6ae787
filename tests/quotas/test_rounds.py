"""What rounds and offers do with quotas: open, close, count places."""

from datetime import datetime, timedelta

import pytest

from clearinghouse.access.checks import SYSTEM
from clearinghouse.audit.enums import Verb
from clearinghouse.audit.queries import list_events_of
from clearinghouse.quotas import queries, services
from clearinghouse.quotas.models import Quota
from clearinghouse.shared.errors import Conflict, Forbidden, NotFound, NotNow
from tests.factories.accounts import make_user
from tests.factories.quotas import make_quota

pytestmark = pytest.mark.django_db


def _verbs(quota: Quota) -> list[str]:
    events = list_events_of("quotas.quota", str(quota.public_id))
    return list(events.values_list("verb", flat=True))


def test_open_quotas_rounds_only_what_opens_together(now: datetime) -> None:
    stays = make_quota("DE", "published", 5, 10, now=now)
    opening = [make_quota("DE", "published", 5, 10, now=now) for _ in range(2)]
    opened = services.open_quotas(
        by=make_user("operator"),
        quota_ids=[quota.pk for quota in opening],
        applications_close_at=now + timedelta(days=20),
        now=now,
    )
    assert [(quota.status, quota.reserved) for quota in opened] == [("open", 1), ("open", 0)]
    assert {quota.applications_close_at for quota in opened} == {now + timedelta(days=20)}
    stays.refresh_from_db()
    assert stays.status == "published"


def test_open_quotas_opens_all_or_none(now: datetime) -> None:
    good, bad = make_quota("DE", "published", now=now), make_quota("DE", "approved", now=now)
    with pytest.raises(NotNow):
        services.open_quotas(
            by=SYSTEM,
            quota_ids=[good.pk, bad.pk],
            applications_close_at=now + timedelta(days=1),
            now=now,
        )
    good.refresh_from_db()
    assert good.status == "published"


def test_open_quotas_that_close_in_the_past_is_refused(now: datetime) -> None:
    quota = make_quota("DE", "published", now=now)
    with pytest.raises(NotNow) as refusal:
        services.open_quotas(by=SYSTEM, quota_ids=[quota.pk], applications_close_at=now, now=now)
    assert refusal.value.code == "closes_in_the_past"


def test_open_and_close_quotas_by_officials_of_a_state_is_forbidden(now: datetime) -> None:
    quota = make_quota("DE", "published", now=now)
    approver = make_user("approver", state="DE")
    with pytest.raises(Forbidden):
        services.open_quotas(
            by=approver,
            quota_ids=[quota.pk],
            applications_close_at=now + timedelta(days=1),
            now=now,
        )
    with pytest.raises(Forbidden):
        services.close_quotas(by=approver, quota_ids=[quota.pk], now=now)


def test_open_absent_quota_is_not_found(now: datetime) -> None:
    with pytest.raises(NotFound):
        services.open_quotas(by=SYSTEM, quota_ids=[0], applications_close_at=now, now=now)


def test_close_quotas_ends_applications(now: datetime) -> None:
    quota = make_quota("DE", "open", now=now)
    assert queries.find_open(quota.public_id, now) == quota
    services.close_quotas(by=SYSTEM, quota_ids=[quota.pk], now=now)
    assert queries.find_open(quota.public_id, now) is None
    assert _verbs(quota)[-1] == Verb.QUOTA_CLOSED


def test_set_places_taken_counts_and_records(now: datetime) -> None:
    quota = make_quota("DE", "closed", 10, 20, now=now)
    services.set_places_taken(by=SYSTEM, counts={quota.pk: (8, 1, 1)}, now=now)
    quota.refresh_from_db()
    assert (quota.open_taken, quota.reserved_taken, quota.reverted_taken) == (8, 1, 1)
    event = list_events_of("quotas.quota", str(quota.public_id)).last()
    assert event is not None
    assert event.facts == {"open": 8, "reserved": 1, "reverted": 1}


@pytest.mark.parametrize("counts", [(9, 0, 0), (8, 3, 0), (8, 2, 1), (11, 0, 0)])
def test_set_places_taken_beyond_the_places_is_refused(
    counts: tuple[int, int, int], now: datetime
) -> None:
    quota = make_quota("DE", "closed", 10, 20, now=now)
    with pytest.raises(Conflict) as refusal:
        services.set_places_taken(by=SYSTEM, counts={quota.pk: counts}, now=now)
    assert refusal.value.code == "no_place_left"


def test_set_places_taken_with_reserve_first_lets_open_take_the_rest(now: datetime) -> None:
    quota = make_quota("DE", "closed", 10, 20, reserve_order="reserve_first", now=now)
    services.set_places_taken(by=SYSTEM, counts={quota.pk: (10, 0, 0)}, now=now)
    quota.refresh_from_db()
    assert quota.open_taken == 10


def test_set_places_taken_before_opening_is_refused(now: datetime) -> None:
    quota = make_quota("DE", "published", now=now)
    with pytest.raises(NotNow):
        services.set_places_taken(by=SYSTEM, counts={quota.pk: (1, 0, 0)}, now=now)
