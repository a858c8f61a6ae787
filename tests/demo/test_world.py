"""The invented world loads through the real services and leaves no role without work."""

import pytest

from accounts.models import User
from accounts.queries import roles_of
from clearinghouse.applications.models import Application
from clearinghouse.demo import story
from clearinghouse.demo.cast import DOMAIN
from clearinghouse.matching.models import Round
from clearinghouse.people.models import Worker
from clearinghouse.quotas.models import Quota
from clearinghouse.web.home.worklist import lines_for

WAITING = (
    "quota.de",
    "approver.de",
    "caseworker.it",
    "origin.ph",
    "protection",
    "administrator",
    "helper",
)


@pytest.mark.slow
@pytest.mark.django_db
def test_tells_the_whole_story(now):
    story.tell(now=now, say=lambda _text: None)
    assert Worker.objects.count() == 3000 + 3 + 3
    assert Quota.objects.values("state").distinct().count() == 12
    assert sorted(Round.objects.values_list("status", flat=True)) == ["open"] * 4
    assert Application.objects.filter(status="in_pool").count() > 2500
    assert set(Quota.objects.values_list("status", flat=True)) >= {
        "draft",
        "submitted",
        "returned",
        "approved",
        "published",
        "open",
    }
    idle = [
        name
        for name in WAITING
        if not lines_for(User.objects.get(email=f"{name}@{DOMAIN}"), now=now)
    ]
    assert idle == []
    assert roles_of(User.objects.get(email=f"operator@{DOMAIN}")) == {"operator"}


def test_refuses_to_load_outside_a_demonstration(settings):
    from django.core.management import CommandError, call_command

    settings.DEMO_MODE = False
    with pytest.raises(CommandError, match="not a demonstration"):
        call_command("seed_demo")
