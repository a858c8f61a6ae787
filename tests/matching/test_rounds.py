"""Planning, opening and voiding rounds."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from clearinghouse.applications.enums import Status as ApplicationStatus
from clearinghouse.applications.models import Application
from clearinghouse.audit.models import Event
from clearinghouse.matching import queries, services
from clearinghouse.matching.enums import RunStatus, Status
from clearinghouse.matching.models import Round, Run
from clearinghouse.matching.services.seeds import commitment_of, operator_secret
from clearinghouse.quotas.enums import Status as QuotaStatus
from clearinghouse.quotas.models import Quota
from clearinghouse.shared.errors import DomainError, Forbidden, Invalid, NotFound, NotNow
from tests.factories.accounts import make_user
from tests.factories.matching import CLOSES, DRAWN, NOW, SEALED, execute, make_world
from tests.factories.quotas import make_quota

pytestmark = pytest.mark.django_db


def plan(*quotas: Quota, **over: Any) -> Round:
    given: dict[str, Any] = {
        "by": make_user("operator"),
        "quota_ids": [quota.public_id for quota in quotas],
        "opens_at": NOW,
        "closes_at": CLOSES,
        "now": NOW,
    }
    return services.plan_round(**{**given, **over})


def test_plan_round_numbers_rounds_and_commits_the_operator() -> None:
    first = plan(make_quota("DE", "published"))
    second = plan(make_quota("FR", "published"))
    assert second.number == first.number + 1
    assert first.status == Status.PLANNED
    (secret,) = queries.list_secrets(first)
    assert (secret.party, secret.secret) == ("operator", "")
    assert secret.commitment == commitment_of(operator_secret(first))
    assert operator_secret(first) != operator_secret(second)
    assert Event.objects.filter(verb="round_planned", subject=str(first.public_id)).exists()


def test_plan_round_refuses_quotas_that_are_not_published() -> None:
    used = make_quota("DE", "open")
    with pytest.raises(Invalid) as refusal:
        plan(used, make_quota("FR", "published"))
    assert used.reference in str(refusal.value.fields["quota_ids"][0])
    assert not Round.objects.exists()


@pytest.mark.parametrize("status", ["draft", "approved"])
def test_plan_round_answers_hidden_and_absent_quotas_alike(status: str) -> None:
    hidden = make_quota("DE", status)
    answers = []
    for quota_id in (hidden.public_id, uuid.uuid4()):
        with pytest.raises(Invalid) as refusal:
            plan(quota_ids=[quota_id])
        answers.append({name: list(map(str, of)) for name, of in refusal.value.fields.items()})
    assert answers[0] == answers[1]
    assert hidden.reference not in str(answers)


def test_plan_round_refuses_unknown_quotas() -> None:
    with pytest.raises(Invalid) as refusal:
        plan(quota_ids=[uuid.uuid4()])
    assert list(refusal.value.fields) == ["quota_ids"]


def test_plan_round_refuses_a_quota_of_another_planned_round() -> None:
    quota = make_quota("DE", "published")
    plan(quota)
    with pytest.raises(DomainError) as refusal:
        plan(quota)
    assert refusal.value.code == "in_another_round"


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"quota_ids": []}, "quota_ids"),
        ({"closes_at": NOW}, "closes_at"),
        ({"closes_at": NOW - timedelta(days=1), "opens_at": NOW - timedelta(days=2)}, "closes_at"),
    ],
)
def test_plan_round_names_the_field_that_is_wrong(over: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        plan(make_quota("DE", "published"), **over)
    assert field in refusal.value.fields


@pytest.mark.parametrize("role", ["certifier", "auditor", "administrator"])
def test_plan_round_refuses_others_than_operators(role: str) -> None:
    with pytest.raises(Forbidden):
        plan(make_quota("DE", "published"), by=make_user(role))


def test_open_round_opens_its_quotas_until_it_closes() -> None:
    quota = make_quota("DE", "published")
    round_ = plan(quota)
    services.open_round(by=round_.operator, number=round_.number, now=NOW)
    quota.refresh_from_db()
    assert (quota.status, quota.applications_close_at) == (QuotaStatus.OPEN, CLOSES)
    assert queries.get_round(None, round_.number).status == Status.OPEN


def test_open_round_leaves_out_quotas_withdrawn_since() -> None:
    from clearinghouse.quotas import services as quotas

    kept, gone = make_quota("DE", "published"), make_quota("FR", "published")
    round_ = plan(kept, gone)
    approver = make_user("approver", state="FR")
    quotas.withdraw_quota(by=approver, quota_id=gone.public_id, reason="Given up.", now=NOW)
    services.open_round(by=round_.operator, number=round_.number, now=NOW)
    assert [quota.pk for quota in queries.list_postings(round_)] == [kept.pk]


def test_open_round_refuses_when_the_round_is_over() -> None:
    round_ = plan(make_quota("DE", "published"))
    with pytest.raises(NotNow) as refusal:
        services.open_round(by=round_.operator, number=round_.number, now=CLOSES)
    assert refusal.value.code == "round_over"


def test_open_due_opens_rounds_whose_time_has_come() -> None:
    due = plan(make_quota("DE", "published"))
    later = plan(make_quota("FR", "published"), opens_at=NOW + timedelta(days=1))
    assert services.open_due(now=NOW) == [due.number]
    assert services.open_due(now=NOW) == []
    assert Round.objects.get(pk=later.pk).status == Status.PLANNED


def test_open_due_goes_on_after_a_round_that_cannot_be_opened() -> None:
    from clearinghouse.quotas import services as quotas

    stuck = make_quota("DE", "published")
    plan(stuck)
    due = plan(make_quota("FR", "published"))
    approver = make_user("approver", state="DE")
    quotas.withdraw_quota(by=approver, quota_id=stuck.public_id, reason="Given up.", now=NOW)
    assert services.open_due(now=NOW) == [due.number]


def test_get_round_hides_planned_rounds() -> None:
    round_ = plan(make_quota("DE", "published"))
    for stranger in (None, make_user("worker"), make_user("caseworker", state="DE")):
        with pytest.raises(NotFound) as hidden:
            queries.get_round(stranger, round_.number)
        with pytest.raises(NotFound) as absent:
            queries.get_round(stranger, 999)
        assert str(hidden.value) == str(absent.value)
        assert list(queries.list_rounds(stranger)) == []
    assert queries.get_round(make_user("auditor"), round_.number) == round_


def test_void_round_returns_applications_and_quotas_before_the_draw() -> None:
    world = make_world(status="sealed")
    services.void_round(by=world.operator, number=world.number, reason="Wrong list.", now=DRAWN)
    round_ = world.reload()
    assert (round_.status, round_.void_reason) == (Status.VOIDED, "Wrong list.")
    statuses = set(Application.objects.values_list("status", flat=True))
    assert statuses == {ApplicationStatus.IN_POOL}
    assert set(Quota.objects.values_list("status", flat=True)) == {QuotaStatus.PUBLISHED}
    assert queries.count_entries(round_) == len(world.workers)


def test_void_round_lets_its_quotas_into_another_round() -> None:
    world = make_world(status="sealed")
    services.void_round(by=world.operator, number=world.number, reason="Wrong list.", now=SEALED)
    again = plan(*world.quotas, opens_at=SEALED, closes_at=SEALED + timedelta(days=1), now=SEALED)
    services.open_round(by=again.operator, number=again.number, now=SEALED)
    services.seal_round(by=again.operator, number=again.number, now=SEALED + timedelta(days=1))
    assert queries.count_entries(again) == len(world.workers)
    again.refresh_from_db()
    assert again.input_digest != world.reload().input_digest


def test_void_round_stops_a_run_that_is_under_way() -> None:
    world = make_world(status="drawn")
    run = services.request_run(by=world.operator, number=world.number, now=DRAWN)
    services.void_round(by=world.operator, number=world.number, reason="Wrong list.", now=DRAWN)
    assert execute(run) is None
    assert Run.objects.get(pk=run.pk).status == RunStatus.FAILED


def test_void_round_wants_a_reason() -> None:
    world = make_world(lists=[], status="sealed")
    with pytest.raises(Invalid) as refusal:
        services.void_round(by=world.operator, number=world.number, reason="  ", now=SEALED)
    assert "reason" in refusal.value.fields


def test_void_round_refuses_before_the_seal_and_after_certification() -> None:
    for status in ("open", "certified"):
        world = make_world(lists=[[0]], status=status)
        with pytest.raises(NotNow):
            services.void_round(by=world.operator, number=world.number, reason="No.", now=SEALED)


def test_round_with_nobody_goes_all_the_way(now: datetime) -> None:
    world = make_world(lists=[], status="released")
    (result,) = [row for row in queries.list_results(world.round) if row.state == "DE"]
    assert (result.filled.precision, result.full) == ("few", False)
    assert queries.replay(world.round, actor=make_user("auditor"))[0].agrees


def test_progress_is_shown_by_the_newest_run() -> None:
    world = make_world(lists=[[0]], status="drawn")
    assert queries.progress_of(world.round) is None
    services.request_run(by=world.operator, number=world.number, now=DRAWN)
    progress = queries.progress_of(world.round)
    assert progress is not None
    assert (progress.status, progress.percent, progress.is_live) == ("waiting", 0, True)
    run = queries.find_live_run(world.round)
    assert run is not None
    execute(run)
    progress = queries.progress_of(world.round)
    assert progress is not None
    assert (progress.stage, progress.percent, progress.people_placed) == ("done", 100, 1)
