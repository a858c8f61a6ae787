"""What destinations see and decide."""

import dataclasses
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from clearinghouse.access.checks import SYSTEM
from clearinghouse.applications import queries, services
from clearinghouse.applications.models import Application, Wish
from clearinghouse.audit.models import Event
from clearinghouse.notices.models import Message
from clearinghouse.quotas import services as quotas
from clearinghouse.shared.errors import Forbidden, Invalid, NotFound, NotNow
from tests.factories.accounts import make_user
from tests.factories.applications import check, make_application
from tests.factories.people import make_worker
from tests.factories.quotas import make_quota

pytestmark = pytest.mark.django_db

OTHERS = [
    ("worker", None),
    ("helper", None),
    ("quota_officer", "DE"),
    ("approver", "DE"),
    ("origin_officer", "DE"),
    ("protection_officer", None),
    ("operator", None),
    ("certifier", None),
    ("auditor", None),
    ("administrator", None),
]


def _decide(application: Application, quota: Any, **over: Any) -> Any:
    arguments: dict[str, Any] = {
        "by": over.pop("by", None) or make_user("caseworker", state=quota.state.iso2),
        "application_id": application.public_id,
        "quota_id": quota.public_id,
        "eligible": True,
        "now": over.pop("now", application.submitted_at),
    }
    return services.check_wish(**{**arguments, **over})


def test_file_shows_facts_and_nothing_that_names_the_person(now: datetime) -> None:
    german = make_quota(
        open_to=frozenset({"KE", "PH"}), language="de", min_language_level="A2", now=now
    )
    french = make_quota("FR", language="en", min_language_level="A2", now=now)
    application = make_application(quotas=[french, german], status="submitted", now=now)
    file = queries.get_for_check(make_user("caseworker", state="DE"), application.public_id)
    assert file.reference == application.reference
    assert (file.experience_years, file.qualification, file.is_adult) == (8, "3", True)
    assert file.occupation.code == "7212"
    assert file.languages == (("de", "B1"),)
    assert [wish.quota for wish in file.wishes] == [german]
    assert file.wishes[0].meets_origin
    fields = {field.name for field in dataclasses.fields(file)}
    fields |= {field.name for field in dataclasses.fields(file.wishes[0])}
    assert not fields & {"worker", "status", "rank", "nationality", "birth_date", "given_names"}
    assert "Amina" not in repr(file) and "1994" not in repr(file)


@pytest.mark.parametrize(
    ("over", "shown"),
    [
        ({}, ()),
        ({"language": "en"}, ()),
        ({"language": "en", "weight_language": 3}, (("en", "B2"),)),
        ({"language": "fr", "weight_language": 3}, ()),
    ],
)
def test_file_shows_only_languages_that_its_postings_need(
    over: dict[str, Any], shown: tuple[tuple[str, str], ...], now: datetime
) -> None:
    quota = make_quota(now=now, **over)
    application = make_application(quotas=[quota], status="submitted", now=now)
    file = queries.get_for_check(make_user("caseworker", state="DE"), application.public_id)
    assert file.languages == shown


@pytest.mark.parametrize(("role", "state"), OTHERS)
def test_only_caseworkers_see_files(role: str, state: str | None, now: datetime) -> None:
    application = make_application(status="submitted", now=now)
    actor = make_user(role, state=state)
    with pytest.raises(Forbidden):
        queries.list_to_check(actor)
    with pytest.raises(Forbidden):
        queries.count_to_check(actor)
    with pytest.raises(Forbidden):
        queries.get_for_check(actor, application.public_id)
    with pytest.raises(Forbidden):
        _decide(application, Wish.objects.get().quota, by=actor)
    with pytest.raises(Forbidden):
        services.check_all(by=actor, application_id=application.public_id, now=now)


def test_other_states_and_absent_ones_get_the_same_answer(now: datetime) -> None:
    german = make_quota(now=now)
    application = make_application(quotas=[german], status="submitted", now=now)
    draft = make_application(quotas=[german], now=now)
    gone = make_application(quotas=[german], status="withdrawn", now=now)
    french, own = make_user("caseworker", state="FR"), make_user("caseworker", state="DE")
    assert list(queries.list_to_check(french)) == []
    assert (queries.count_to_check(french), queries.count_to_check(own)) == (0, 1)
    answers = set()
    for actor, name in (
        (french, application.public_id),
        (own, draft.public_id),
        (own, gone.public_id),
        (own, "nonsense"),
    ):
        for act in (
            lambda actor=actor, name=name: queries.get_for_check(actor, name),
            lambda actor=actor, name=name: services.check_all(
                by=actor, application_id=name, now=now
            ),
            lambda actor=actor, name=name: services.check_wish(
                by=actor,
                application_id=name,
                quota_id=german.public_id,
                eligible=True,
                now=now,
            ),
        ):
            with pytest.raises(NotFound) as refusal:
                act()
            answers.add(str(refusal.value))
    assert answers == {"There is no such application."}


def test_wish_of_another_state_cannot_be_decided(now: datetime) -> None:
    german, french = make_quota(now=now), make_quota("FR", now=now)
    application = make_application(quotas=[german, french], status="submitted", now=now)
    with pytest.raises(NotFound):
        _decide(application, french, by=make_user("caseworker", state="DE"))
    assert set(Wish.objects.values_list("check_status", flat=True)) == {"waiting"}


def test_view_is_the_same_whatever_other_states_do(now: datetime) -> None:
    german, french = make_quota(now=now), make_quota("FR", now=now)
    alone = make_application(quotas=[german], status="submitted", now=now)
    both = make_application(quotas=[french, german], status="submitted", now=now)
    for application in (alone, both):
        check(application.public_id, german, now=now)
    officer = make_user("caseworker", state="DE")

    def seen(application: Application) -> Any:
        file = queries.get_for_check(officer, application.public_id)
        # Two people: their keys, for the log of reads, differ.
        return dataclasses.replace(file, public_id=None, reference="", worker_id=0)

    assert seen(alone) == seen(both)
    check(both.public_id, french, eligible=False, now=now)
    assert seen(alone) == seen(both)


def test_check_pools_when_no_wish_waits(now: datetime) -> None:
    german, french = make_quota(now=now), make_quota("FR", now=now)
    application = make_application(quotas=[german, french], status="submitted", now=now)
    _decide(application, german)
    application.refresh_from_db()
    assert application.status == "submitted"
    assert not Message.objects.filter(kind="application_checked").exists()
    _decide(application, french, eligible=False, reasons=["evidence"], note=" No certificate. ")
    application.refresh_from_db()
    assert (application.status, application.pooled_at) == ("in_pool", now)
    assert Message.objects.get(kind="application_checked").user == application.worker.user
    wish = Wish.objects.get(quota=french)
    assert (wish.reasons, wish.note, wish.decided_at) == (["evidence"], "No certificate.", now)


def test_check_ends_not_eligible_when_nothing_is_left(now: datetime) -> None:
    quota = make_quota(now=now)
    application = make_application(quotas=[quota], status="submitted", now=now)
    _decide(application, quota, eligible=False, reasons=["evidence", "language"])
    application.refresh_from_db()
    assert application.status == "not_eligible"
    assert queries.find_live(application.worker) == application


def test_check_can_be_corrected_until_the_round_closes(now: datetime) -> None:
    quota = make_quota(now=now)
    application = make_application(quotas=[quota], status="submitted", now=now)
    _decide(application, quota, eligible=False, reasons=["evidence"])
    file = _decide(application, quota)
    application.refresh_from_db()
    assert (application.status, file.wishes[0].reasons) == ("in_pool", ())
    assert Event.objects.filter(verb="application_verified", state="DE").count() == 2
    quotas.close_quotas(by=SYSTEM, quota_ids=[quota.pk], now=now)
    with pytest.raises(NotNow) as refusal:
        _decide(application, quota, eligible=False, reasons=["evidence"])
    assert refusal.value.code == "locked"


def test_check_records_codes_only(now: datetime) -> None:
    quota = make_quota(now=now)
    application = make_application(quotas=[quota], status="submitted", now=now)
    _decide(application, quota, eligible=False, reasons=["evidence"], note="Secret words")
    event = Event.objects.get(verb="application_verified")
    assert event.facts == {
        "quota": quota.reference,
        "eligible": False,
        "reasons": ["evidence"],
    }


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"eligible": False}, "reasons"),
        ({"eligible": False, "reasons": ["whim"]}, "reasons"),
        ({"eligible": True, "reasons": ["evidence"]}, "reasons"),
        ({"eligible": False, "reasons": ["evidence"], "note": "x" * 2001}, "note"),
    ],
)
def test_check_refuses_decisions_without_grounds(
    over: dict[str, Any], field: str, now: datetime
) -> None:
    quota = make_quota(now=now)
    application = make_application(quotas=[quota], status="submitted", now=now)
    with pytest.raises(Invalid) as refusal:
        _decide(application, quota, **over)
    assert list(refusal.value.fields) == [field]


def test_rules_cannot_be_overruled_in_favour(now: datetime) -> None:
    quota = make_quota(now=now)
    application = make_application(quotas=[quota], status="submitted", now=now)
    # A wish that the rules refuse cannot come in through the services.
    quota.min_experience_years = 20
    quota.save(update_fields=["min_experience_years"])
    with pytest.raises(Invalid):
        _decide(application, quota)
    officer = make_user("caseworker", state="DE")
    assert services.check_all(by=officer, application_id=application.public_id, now=now) == 0
    file = queries.get_for_check(officer, application.public_id)
    assert file.wishes[0].findings == ("experience",)


def test_check_all_accepts_what_waits_for_my_state(now: datetime) -> None:
    listed = [make_quota(now=now), make_quota(now=now), make_quota("FR", now=now)]
    application = make_application(quotas=listed, status="submitted", now=now)
    officer = make_user("caseworker", state="DE")
    check(application.public_id, listed[0], eligible=False, by=officer, now=now)
    assert queries.get_for_check(officer, application.public_id).waiting == 1
    assert services.check_all(by=officer, application_id=application.public_id, now=now) == 1
    assert services.check_all(by=officer, application_id=application.public_id, now=now) == 0
    found = dict(Wish.objects.values_list("quota_id", "check_status"))
    assert [found[quota.pk] for quota in listed] == ["not_eligible", "eligible", "waiting"]


def test_list_to_check_finds_and_filters(now: datetime) -> None:
    officer = make_user("caseworker", state="DE")
    welders, nurses = make_quota(now=now), make_quota(occupation="2221", now=now)
    first = make_application(quotas=[welders], status="submitted", now=now)
    second = make_application(quotas=[nurses], status="in_pool", now=now + timedelta(hours=1))
    listed = list(queries.list_to_check(officer))
    assert [file.public_id for file in listed] == [first.public_id, second.public_id]

    def found(**how: Any) -> list[Any]:
        files = [file.public_id for file in queries.list_to_check(officer, **how)]
        assert queries.count_to_check(officer, **{"check_status": ""} | how) == len(files)
        return files

    assert found(search=first.reference) == [first.public_id]
    assert found(search=first.reference.lower()[:6]) == [first.public_id]
    assert len(found(search="7212")) == 2
    assert found(quota=nurses.public_id) == [second.public_id]
    assert found(quota="nonsense") == []
    assert found(check_status="waiting") == [first.public_id]
    assert found(check_status="eligible") == [second.public_id]
    assert queries.count_to_check(officer) == 1
    quotas.close_quotas(by=SYSTEM, quota_ids=[welders.pk], now=now)
    assert queries.count_to_check(officer) == 0


@pytest.mark.parametrize("count", [1, 30])
def test_list_to_check_takes_the_same_queries(
    count: int, now: datetime, django_assert_num_queries: Any
) -> None:
    listed = [make_quota(now=now), make_quota(now=now)]
    for _ in range(count):
        make_application(quotas=listed, status="submitted", now=now)
    officer = make_user("caseworker", state="DE")
    assert queries.count_to_check(officer) == count
    with django_assert_num_queries(7):
        assert len(list(queries.list_to_check(officer))) == count


def test_list_to_check_serves_pages(now: datetime) -> None:
    quota, officer = make_quota(now=now), make_user("caseworker", state="DE")
    made = [
        make_application(quotas=[quota], status="submitted", now=now + timedelta(minutes=minute))
        for minute in range(3)
    ]
    rows = queries.list_to_check(officer)
    assert (rows.count(), len(rows[:2]), rows[2].public_id) == (3, 2, made[2].public_id)


def test_adult_is_judged_on_the_day_of_submission(now: datetime) -> None:
    worker = make_worker(birth_date=date(2008, 11, 21), experience_years=0, now=now)
    quota = make_quota(now=now)
    application = make_application(worker, [quota], "submitted", now=now)
    officer = make_user("caseworker", state="DE")
    assert queries.get_for_check(officer, application.public_id).is_adult


def test_files_speak_in_words(now: datetime) -> None:
    application = make_application(status="in_pool", now=now)
    file = queries.get_for_check(make_user("caseworker", state="DE"), application.public_id)
    assert file.get_qualification_display() == "Upper secondary school or apprenticeship"
    assert file.wishes[0].get_check_status_display() == "Eligible"


def test_check_many_goes_on_after_one_that_left(now: datetime) -> None:
    quota = make_quota(now=now)
    first, gone, last = (
        make_application(quotas=[quota], status="submitted", now=now) for _ in range(3)
    )
    services.withdraw(by=gone.worker.user, application_id=gone.public_id, now=now)
    accepted = services.check_many(
        by=make_user("caseworker", state="DE"),
        application_ids=[first.public_id, gone.public_id, last.public_id],
        now=now,
    )
    found = dict(Application.objects.values_list("pk", "status"))
    assert accepted == 2
    assert found == {first.pk: "in_pool", gone.pk: "withdrawn", last.pk: "in_pool"}
