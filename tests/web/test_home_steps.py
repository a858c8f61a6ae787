"""What the first page says: to a worker the next step, to officials what waits."""

from datetime import date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from clearinghouse.offers import services as offers
from clearinghouse.web.home import worker as steps
from clearinghouse.web.home.worklist import figures_for, lines_for
from tests.factories.accounts import make_user
from tests.factories.applications import make_application, make_nomination
from tests.factories.matching import RELEASED, make_world
from tests.factories.offers import offer_of
from tests.factories.people import make_data, make_paper_person, make_worker
from tests.factories.quotas import make_quota

pytestmark = pytest.mark.django_db


def current(step: steps.Step) -> str:
    """Return the point of the way that the worker has reached."""
    return next(point["label"] for point in step.way if point["state"] == "current")


def texts(user: User, now: datetime) -> list[str]:
    """Return what waits for an official, in words."""
    return [line.text for line in lines_for(user, now=now)]


def test_next_step_of_somebody_new_is_the_profile(now: datetime) -> None:
    step = steps.next_step(make_user("worker"), now=now)
    assert (step.url, current(step)) == (reverse("worker-profile"), "Profile")


def test_next_step_with_a_profile_is_to_find_work(now: datetime) -> None:
    step = steps.next_step(make_worker().user, now=now)
    assert (step.url, current(step)) == (reverse("worker-postings"), "Wishes")


def test_next_step_of_a_minor_is_never_work(now: datetime) -> None:
    minor = make_worker(birth_date=date(2010, 1, 1), experience_years=0)
    step = steps.next_step(minor.user, now=now)
    assert (step.url, step.way) == (reverse("worker-minor"), [])


@pytest.mark.parametrize(
    ("status", "point", "page"),
    [
        ("draft", "Wishes", "worker-application"),
        ("submitted", "Check", "worker-application"),
        ("not_eligible", "Check", "worker-application"),
        ("in_pool", "Round", "worker-application"),
        ("locked", "Round", "worker-application"),
        ("placed", "Result", "worker-offers"),
        ("unplaced", "Result", "worker-offers"),
        ("withdrawn", "Wishes", "worker-postings"),
    ],
)
def test_next_step_follows_the_application(
    status: str, point: str, page: str, now: datetime
) -> None:
    application = make_application(status=status)
    step = steps.next_step(application.worker.user, now=now)
    assert (current(step), step.url) == (point, reverse(page))


def test_next_step_with_an_offer_is_to_answer_it_and_then_to_wait() -> None:
    world = make_world()
    offer = offer_of(world, 0)
    user = world.workers[0].user
    assert steps.next_step(user, now=RELEASED).title == "You have an offer"
    offers.accept(by=user, offer_id=offer.public_id, now=RELEASED)
    assert steps.next_step(user, now=RELEASED).title == "You accepted an offer"


@pytest.mark.parametrize(
    ("status", "role", "line"),
    [
        ("sealed", "operator", "1 sealed round waits for its draw"),
        ("drawn", "operator", "1 drawn round can be matched"),
        ("verified", "certifier", "1 verified round waits for your certification"),
        ("verified", "auditor", "1 verified round can be replayed before its release"),
        ("certified", "operator", "1 certified round can be released"),
    ],
)
def test_round_shows_to_those_whose_turn_it_is(
    status: str, role: str, line: str, now: datetime
) -> None:
    make_world(status=status)
    assert texts(make_user(role), now) == [line]


def test_next_step_mentions_a_nomination_that_waits(now: datetime) -> None:
    worker = make_worker()
    officer = make_user("origin_officer", state="KE")
    make_nomination(officer, email=worker.user.email)
    step = steps.next_step(worker.user, now=now)
    assert step.note.startswith("A state has put your name forward.")
    assert step.note_url == reverse("worker-nominations")


def test_quota_that_waits_shows_to_the_approver_of_the_state_only(now: datetime) -> None:
    make_quota("DE", status="submitted")
    assert texts(make_user("approver", state="DE"), now) == ["1 quota waits for your decision"]
    assert texts(make_user("approver", state="FR"), now) == []


def test_drafts_and_returned_quotas_show_to_quota_officers(now: datetime) -> None:
    make_quota("DE", status="draft"), make_quota("DE", status="returned")
    assert texts(make_user("quota_officer", state="DE"), now) == [
        "1 quota came back with a reason",
        "1 draft quota is not submitted yet",
    ]


def test_application_to_check_shows_to_caseworkers(now: datetime) -> None:
    make_application(status="submitted")
    assert texts(make_user("caseworker", state="DE"), now) == ["1 application waits for your check"]


def test_nomination_that_waits_shows_to_its_state(now: datetime) -> None:
    officer = make_user("origin_officer", state="KE")
    make_nomination(officer)
    assert texts(officer, now) == ["1 nomination waits for the worker's own word"]


def test_people_one_acts_for_show_to_helpers(now: datetime) -> None:
    helper = make_user("helper")
    make_paper_person(helper)
    assert texts(helper, now) == ["You act for 1 person"]


def test_worker_sees_no_worklist(now: datetime) -> None:
    make_application(status="submitted")
    assert lines_for(make_user("worker"), now=now) == []


def test_figures_show_the_quotas_of_the_own_state() -> None:
    make_quota("DE", status="open"), make_quota("FR", status="open")
    [figure] = figures_for(make_user("caseworker", state="DE"))
    assert (figure.label, figure.value) == ("Open for applications", 1)
    assert figure.url.endswith("?status=open")


def test_my_home_prints_step_and_figures(client: Client) -> None:
    application = make_application(status="in_pool")
    client.force_login(application.worker.user)
    assert "You take part in the round" in client.get(reverse("my-home")).content.decode()
    client.force_login(make_user("approver", state="DE"))
    assert "At a glance" in client.get(reverse("my-home")).content.decode()
    assert make_data().given_names not in client.get(reverse("my-home")).content.decode()
