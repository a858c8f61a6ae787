"""The queue forgets everything, or dies: no work is lost, and pages and answers go on.

PostgreSQL holds the work; a message in Valkey is a hint that somebody should look. The clock sends
the same hints every few seconds; here the tests send them, in the nightly run the real clock does.
"""

import http.client
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient
from rest_framework.throttling import UserRateThrottle

from accounts.models import Attempt, User
from accounts.services import confirm_address
from clearinghouse.api import throttling
from clearinghouse.api.offers import Offers
from clearinghouse.matching.models import Run
from clearinghouse.notices import services as notices
from clearinghouse.notices.models import Message
from clearinghouse.offers.enums import LIVE_STATUSES
from clearinghouse.offers.models import Offer
from clearinghouse.shared import clock
from tests.background.celery_worker import database_url
from tests.factories.accounts import make_user
from tests.factories.matching import RELEASED, World, make_world
from tests.fire.counts import NIGHTLY, report, times
from tests.fire.crowd import Answer, browser, program
from tests.fire.stack import Queue, environment, running, seconds_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]

LOSSES = times("queue_losses", gate=3, nightly=20)
RESUMED = 30.0  # seconds
HINTS = ("matching.sweep", "offers.refill", "notices.send")


def crowded_round() -> World:
    """Make a released round with two offers for each loss and as many people who wait."""
    count = 2 * LOSSES
    world = make_world([(0,)] * 2 * count, places=(count,), reserve_share=(0,))
    Offer.objects.update(deadline=max(clock.now(), RELEASED) + timedelta(days=1))
    notices.deliver_outbox(now=RELEASED)
    return world


def is_settled(world: World) -> bool:
    """Tell whether every place is offered, no run waits and all messages are mailed."""
    live = Offer.objects.filter(round=world.round, status__in=LIVE_STATUSES).count()
    runs = Run.objects.filter(round=world.round).exclude(status="finished")
    unsent = Message.objects.filter(sent_at__isnull=True)
    return live == world.quotas[0].places and not runs.exists() and not unsent.exists()


def send(port: int, user: User, act: str, *, as_browser: bool = False) -> Answer:
    """Answer one's waiting offer through the web server, in time."""
    offer = Offer.objects.get(worker__user=user, status="offered")
    caller = browser(user) if as_browser else program(user)
    began = time.monotonic()
    answer = caller.post(port, offer.public_id, act)()
    assert time.monotonic() - began < 5, "waited for the queue"
    assert answer.status == (302 if as_browser else 200), answer
    return answer


@contextmanager
def asleep(worker: int) -> Iterator[None]:
    """Keep the worker from taking anything meanwhile."""
    os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(worker, signal.SIGCONT)


@pytest.fixture
def beat(queue: Queue, tmp_path: Path) -> Iterator[bool]:
    """Run the real clock in the nightly run, where there is time to wait for it."""
    if not NIGHTLY:
        yield False
        return
    env = environment(database_url(), queue)
    with running("beat", port=0, data=tmp_path, env=env):
        yield True


def test_lost_queue_loses_no_work(web: int, worker: int, queue: Queue, beat: bool) -> None:
    began, slowest = time.monotonic(), 0.0
    world = crowded_round()

    def resumed() -> bool:
        if not beat:
            queue.nudge(*HINTS)
            time.sleep(0.3)
        return is_settled(world)

    seconds_until(resumed, limit=90)
    offered = list(Offer.objects.order_by("pk").values_list("worker__user_id", flat=True))
    users = [User.objects.get(pk=pk) for pk in offered]
    for number in range(LOSSES):
        leaving, staying = users[2 * number], users[2 * number + 1]
        if number % 3 == 2:
            # The worker is in the middle of it.
            send(web, leaving, "decline")
            queue.flush()
        else:
            with asleep(worker):
                send(web, leaving, "decline", as_browser=True)
                if number % 3 == 0:
                    queue.flush()
                else:
                    queue.kill()
                    send(web, staying, "accept")
                    queue.start()
            if number == 0:
                stays_undone(world)
        slowest = max(slowest, seconds_until(resumed, limit=RESUMED))
    check_nothing_twice(world)
    result = f"no work lost, resumed within {slowest:.1f} s"
    report("Valkey flushed or killed", repetitions=LOSSES, result=result, began=began)


def stays_undone(world: World) -> None:
    """Be the twin: without the sweep, what the queue forgot stays where it is."""
    if not NIGHTLY:
        time.sleep(2)
        assert not is_settled(world)


def check_nothing_twice(world: World) -> None:
    """One new offer for each decline, and one message for each offer and no more."""
    declined = Offer.objects.filter(status="declined").count()
    assert declined == LOSSES
    assert Offer.objects.count() == world.quotas[0].places + declined
    people = Offer.objects.values_list("worker_id", flat=True)
    assert len(set(people)) == len(people)


def test_pages_and_answers_go_on_without_the_queue(web: int, queue: Queue) -> None:
    world = make_world([(0,), (0,), (0,)], places=(2,), reserve_share=(0,))
    Offer.objects.update(deadline=max(clock.now(), RELEASED) + timedelta(days=1))
    accepts, declines = (world.workers[number].user for number in range(2))
    queue.kill()
    try:
        for path in ("/", "/quotas/", f"/results/{world.number}/", "/account/login/"):
            assert get(web, path) == 200, path
        send(web, accepts, "accept", as_browser=True)
        send(web, declines, "decline")
    finally:
        queue.start()


def get(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.fixture
def _no_cache(settings: Any) -> None:
    kept = settings.CACHES["default"]
    settings.CACHES = {"default": {**kept, "LOCATION": "unix:///nonexistent"}}


@pytest.mark.usefixtures("_no_cache")
def test_guesses_are_counted_and_people_sign_in_without_the_queue() -> None:
    user = make_user("worker")
    user.set_password("the right one at last")
    user.save()
    confirm_address(user)
    for password in ("not this one", "the right one at last"):
        client = Client()
        answer = client.post("/account/login/", {"login": user.email, "password": password})
        assert answer.status_code == (200 if password.startswith("not") else 302)
    assert Attempt.objects.exists()


@pytest.mark.usefixtures("_no_cache")
@pytest.mark.parametrize("limit", [throttling.CallsOfAccount, UserRateThrottle])
def test_calls_are_answered_uncounted_and_twin_without(
    limit: type[UserRateThrottle], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Offers, "throttle_classes", (limit,))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=program(make_user("worker")).headers["Authorization"])
    if limit is UserRateThrottle:
        assert client.get("/api/v1/offers/").status_code == 503
    else:
        assert client.get("/api/v1/offers/").status_code == 200
