"""A shield that meets something it does not fit: each decided, each in words."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clearinghouse.access.tokens import padded, state_token
from clearinghouse.applications import queries as applications
from clearinghouse.applications import services as application_services
from clearinghouse.applications.models import Application, Nomination
from clearinghouse.matching.models import SealedEntry
from clearinghouse.notices.models import Message
from clearinghouse.offers import services as offer_services
from clearinghouse.offers.models import Offer
from clearinghouse.people import services as people_services
from clearinghouse.people.models import Mandate, Worker
from clearinghouse.protection import queries, services
from clearinghouse.registry.models import Agency, Officer, State
from clearinghouse.registry.queries import tokens_of
from clearinghouse.shared.database import set_local, violated_constraint
from clearinghouse.shared.errors import NotFound, NotNow
from clearinghouse.shielding import services as shielding
from tests.factories.accounts import make_user
from tests.factories.applications import make_application, make_nomination
from tests.factories.matching import lead, make_world
from tests.factories.offers import offer_of, refill_whole
from tests.factories.people import make_paper_person, make_worker
from tests.factories.quotas import make_quota
from tests.web.doors import signed_in, text_of

pytestmark = pytest.mark.django_db


def _states_on_list(application: Application) -> list[str]:
    return [wish.quota.state.iso2 for wish in application.wishes.order_by("rank")]


def test_wishes_for_a_hidden_country_leave_the_list(now: datetime) -> None:
    quotas = [make_quota(state, now=now) for state in ("DE", "FR", "CA")]
    application = make_application(make_worker(now=now), quotas, "submitted", now=now)
    shielding.hide(by=application.worker.user, states=["FR"], now=now)
    assert _states_on_list(application) == ["DE", "CA"]
    with pytest.raises(NotNow) as refusal:
        application_services.add_wish(
            by=application.worker.user,
            application_id=application.public_id,
            quota_id=quotas[1].public_id,
            now=now,
        )
    assert refusal.value.code == "hidden_from"


def test_an_application_without_wishes_is_withdrawn(now: datetime) -> None:
    application = make_application(make_worker(now=now), status="submitted", now=now)
    shielding.hide(by=application.worker.user, states=["DE"], now=now)
    application.refresh_from_db()
    assert application.status == "withdrawn"


def test_a_hidden_wish_enters_no_round(now: datetime) -> None:
    world = make_world(status="open")
    # The wish is still on the list, as when a helper lost the person in the act.
    services.hide(by=world.workers[0].user, states=["DE"], now=now)
    ballots = applications.list_in_pool([quota.pk for quota in world.quotas])
    mine = next(ballot for ballot in ballots if ballot.worker_pk == world.workers[0].pk)
    assert [quota for quota, _rank in mine.wishes] == [world.quotas[1].pk]
    Worker.objects.filter(pk=world.workers[0].pk).update(shield=[])
    ballots = applications.list_in_pool([quota.pk for quota in world.quotas])
    assert len(next(b for b in ballots if b.worker_pk == world.workers[0].pk).wishes) == 2


def test_sealed_input_stays_and_no_offer_follows(now: datetime) -> None:
    world = make_world([(0, 1), (0,), (1,)], status="sealed")
    sealed = SealedEntry.objects.filter(round=world.round).order_by("pk")
    lists = list(sealed.values_list("candidate", "postings"))
    shielding.hide(by=world.workers[0].user, states=["DE"], now=now)
    assert _states_on_list(world.applications[0]) == ["DE", "FR"]
    lead(world, "released")
    assert lists == list(sealed.values_list("candidate", "postings"))
    assert not Offer.objects.filter(worker=world.workers[0]).exists()
    refill_whole(world)
    assert offer_of(world, 1).quota == world.quotas[0]
    assert not Offer.objects.filter(worker=world.workers[0], quota__state__iso2="DE").exists()


def test_an_open_offer_is_given_up_only_explicitly(now: datetime) -> None:
    world = make_world([(0,), (0,)], places=[1], reserve_share=[0])
    worker, offer = world.workers[0], offer_of(world, 0)
    answer_at = offer.offered_at
    with pytest.raises(NotNow) as refusal:
        shielding.hide(by=worker.user, states=["DE"], now=answer_at)
    assert refusal.value.code == "offer_open"
    assert queries.holding_states(worker.pk) == set()
    shielding.hide(by=worker.user, states=["DE"], give_up_offer=True, now=answer_at)
    offer.refresh_from_db()
    assert (offer.status, queries.holding_states(worker.pk)) == ("declined", {"DE"})


def test_an_accepted_place_stays(now: datetime) -> None:
    world = make_world([(0,)], places=[1], reserve_share=[0])
    worker, offer = world.workers[0], offer_of(world, 0)
    offer_services.accept(by=worker.user, offer_id=offer.public_id, now=offer.offered_at)
    shielding.hide(by=worker.user, states=["DE"], now=offer.offered_at)
    offer.refresh_from_db()
    assert (offer.status, offer.shield) == ("accepted", Worker.objects.get(pk=worker.pk).shield)


def test_a_better_place_in_a_hidden_country_is_not_taken(now: datetime) -> None:
    world = make_world([(0,), (0, 1)], places=[1, 1], reserve_share=[0, 0])
    first, second = offer_of(world, 0), offer_of(world, 1)
    at = first.offered_at
    services.hide(by=world.workers[1].user, states=["DE"], now=at)
    offer_services.decline(by=world.workers[0].user, offer_id=first.public_id, now=at)
    refill_whole(world, now=at)
    second.refresh_from_db()
    assert (second.status, second.quota) == ("offered", world.quotas[1])


def test_twin_without_the_shield_the_better_place_is_offered(now: datetime) -> None:
    world = make_world([(0,), (0, 1)], places=[1, 1], reserve_share=[0, 0])
    first = offer_of(world, 0)
    at = first.offered_at
    offer_services.decline(by=world.workers[0].user, offer_id=first.public_id, now=at)
    refill_whole(world, now=at)
    assert offer_of(world, 1).quota == world.quotas[0]


def test_a_helper_of_a_hidden_country_keeps_no_mandate(now: datetime) -> None:
    helper = make_user("caseworker", "helper", state="FR")
    worker = make_paper_person(helper, now=now)
    shielding.hide(by=helper, states=["FR"], worker_id=worker.public_id, now=now)
    assert not Mandate.objects.filter(validity__contains=now + timedelta(days=1)).exists()
    with pytest.raises(NotFound):
        people_services.renew_mandate(
            by=helper,
            worker_id=worker.public_id,
            signed_on=now.date(),
            valid_until=date(2027, 1, 31),
            now=now,
        )


def _raw_mandate(worker: Worker, now: datetime) -> None:
    Mandate.objects.create(
        worker=worker,
        helper=make_user("helper"),
        validity=DateTimeTZRange(now, now + timedelta(days=1)),
        signed_on=now.date(),
    )


@pytest.mark.parametrize("said", ["", "FR"])
def test_the_database_refuses_such_a_mandate_too(said: str, now: datetime) -> None:
    worker = make_worker(now=now)
    services.hide(by=worker.user, states=["FR"], now=now)
    set_local("app.mandate_tokens", f"{{{state_token(said)}}}" if said else "")
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        _raw_mandate(worker, now)
    assert violated_constraint(refusal.value) == "people_mandate_not_hidden"
    set_local("app.mandate_tokens", f"{{{state_token('DE')}}}")
    _raw_mandate(worker, now)


def test_a_helper_who_moves_to_a_hidden_country_loses_the_person_at_once(now: datetime) -> None:
    helper = make_user("helper")
    worker = make_paper_person(helper, now=now)
    shielding.hide(by=helper, states=["FR"], worker_id=worker.public_id, now=now)
    france = Agency.objects.create(
        kind="destination", name="Office", state=State.objects.get(iso2="FR")
    )
    Officer.objects.filter(user=helper).update(agency=france)
    moved = type(helper).objects.get(pk=helper.pk)
    with pytest.raises(NotFound):
        shielding.hide(by=moved, states=["CA"], worker_id=worker.public_id, now=now)
    assert Mandate.objects.get().validity.upper > now
    later = now + timedelta(minutes=1)
    shielding.sweep(now=later)
    assert Mandate.objects.get().validity.upper == later


def _nominated(email: str, now: datetime) -> tuple[dict[str, Any], int]:
    officer = make_user("origin_officer", state="KE")
    with CaptureQueriesContext(connection) as done:
        row = make_nomination(officer, email=email, reference="KE-77777", now=now)
    shown = {name: getattr(row, name) for name in row.__slots__ if name != "public_id"}
    listed = applications.list_nominations(officer, search="KE-77777").get()
    seen = {name: getattr(listed, name) for name in listed.__slots__ if name != "public_id"}
    assert shown == seen
    return {**shown, "email": ""}, len(done)


def test_a_nomination_of_a_hidden_person_is_no_probe(now: datetime) -> None:
    worker = make_worker(now=now)
    services.hide(by=worker.user, states=["KE"], now=now)
    known = _nominated(worker.user.email, now)
    nomination = Nomination.objects.get()
    assert shielding.sweep(now=now)["set_aside"] == 1
    assert shielding.sweep(now=now)["set_aside"] == 0
    nomination.refresh_from_db()
    assert (nomination.status, nomination.worker, nomination.declined_at) == (
        "awaiting_worker",
        None,
        None,
    )
    assert not applications.nominations_for(worker.user).exists()
    with pytest.raises(NotFound):
        application_services.confirm_nomination(
            by=worker.user, nomination_id=nomination.public_id, now=now
        )
    assert [row.state for row in queries.list_own_set_aside(worker)] == ["KE"]
    officer = make_user("protection_officer")
    assert [row.worker for row in queries.list_set_aside(officer)] == [worker]
    Nomination.objects.all().delete()
    letters = Message.objects.filter(kind="nominated")
    assert letters.count() == 1
    assert known == _nominated("nobody@example.org", now)


def test_twin_without_the_shield_the_person_is_asked(now: datetime) -> None:
    worker = make_worker(now=now)
    _nominated(worker.user.email, now)
    assert shielding.sweep(now=now)["set_aside"] == 0
    assert applications.nominations_for(worker.user).exists()


def test_a_confirmed_nomination_stays_as_the_state_knows_it(now: datetime) -> None:
    worker = make_worker(now=now)
    officer = make_user("origin_officer", state="KE")
    row = make_nomination(officer, email=worker.user.email, now=now)
    application_services.confirm_nomination(by=worker.user, nomination_id=row.public_id, now=now)
    before = applications.get_nomination(officer, row.public_id)
    services.hide(by=worker.user, states=["KE"], now=now)
    shielding.sweep(now=now)
    assert applications.get_nomination(officer, row.public_id) == before


def test_two_affiliations_hide_what_either_hides(now: datetime) -> None:
    quota = make_quota("DE", now=now)
    application = make_application(make_worker(now=now), [quota], "submitted", now=now)
    shield = padded([state_token("FR"), state_token("KE")])
    Worker.objects.filter(pk=application.worker_id).update(shield=shield)
    caseworker = make_user("caseworker", state="DE")
    assert applications.count_to_check(caseworker) == 1
    caseworker.__dict__["_tokens"] = [state_token("DE"), state_token("FR")]
    assert applications.count_to_check(caseworker) == 0


def test_an_official_counts_by_office_and_has_one_and_no_passport(now: datetime) -> None:
    official = make_user("caseworker", state="DE")
    france = Agency.objects.create(
        kind="destination", name="Office", state=State.objects.get(iso2="FR")
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Officer.objects.create(user=official, agency=france)
    for table in (Officer, type(official)):
        names = {field.name for field in table._meta.get_fields()}
        assert not {name for name in names if "national" in name or "citizen" in name}
    assert tokens_of(official) == [state_token("DE")]
    page = text_of(signed_in(make_worker(now=now).user).get(reverse("worker-protection")))
    assert "We do not ask officials which nationality they have." in page


def test_pages_explain_it(now: datetime) -> None:
    make_quota("DE", closes_in=timedelta(days=4000), now=now)
    worker = make_worker(now=now)
    client = signed_in(worker.user)
    page = text_of(client.get(reverse("worker-protection")))
    assert "You are not hidden from any country" in page
    answer = client.post(reverse("worker-shield-hide"), {"states": "DE"}, follow=True)
    assert "Germany" in text_of(answer) and "Ask to end this" in text_of(answer)
    assert "is left out" in text_of(client.get(reverse("worker-postings")))
    (shield,) = queries.list_holding(worker)
    lift = reverse("worker-shield-lift", args=[shield.public_id])
    assert "three days" in text_of(client.get(lift))
    assert "Stay hidden" in text_of(client.post(lift, follow=True))
    officer = signed_in(make_user("protection_officer"))
    waiting = officer.get(reverse("protection-shields"))
    assert "Odhiambo" in text_of(waiting)
    agree = reverse("protection-shield", args=[shield.public_id])
    assert "Ends on" in text_of(officer.post(agree, {"agree": "1"}, follow=True))
    client.post(reverse("worker-shield-keep", args=[shield.public_id]))
    assert queries.list_holding(worker)[0].status == "raised"
    assert officer.get(reverse("protection-set-aside")).status_code == 200
    assert client.get(lift.replace(str(shield.public_id), str(worker.public_id))).status_code == 404
