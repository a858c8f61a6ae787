"""The invented world loads through the real services and leaves no role without work."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt, encrypt
from django.core.management import call_command

from accounts.models import User
from accounts.queries import roles_of
from accounts.services import register_user
from clearinghouse.applications.models import Application
from clearinghouse.demo import codes, story
from clearinghouse.demo.cast import DOMAIN
from clearinghouse.matching.models import Round
from clearinghouse.people.models import Worker
from clearinghouse.protection.models import Shield
from clearinghouse.quotas.models import Quota
from clearinghouse.web.home.worklist import lines_for
from tests.factories.people import make_worker
from tests.factories.protection import make_determination

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


@pytest.mark.django_db
def test_officials_of_older_example_data_get_the_factor_of_the_demonstration(settings):
    settings.DEMO_MODE = True
    for name in ("operator", "auditor"):
        register_user(email=f"{name}@{DOMAIN}")
    register_user(email=f"helper@{DOMAIN}")
    own = Authenticator.objects.create(
        user=register_user(email=f"administrator@{DOMAIN}"),
        type="totp",
        data={"secret": encrypt("own")},
    )
    call_command("seed_demo")
    assert Authenticator.objects.count() == 3
    assert codes.code_of(f"operator@{DOMAIN}", seconds=0) is not None
    own.refresh_from_db()
    assert decrypt(own.data["secret"]) == "own"
    call_command("seed_demo")
    assert Authenticator.objects.count() == 3


@pytest.mark.django_db
def test_people_of_older_data_are_hidden_before_the_doors_open(now, monkeypatch):
    worker = make_worker(now=now)
    with monkeypatch.context() as older:
        older.setattr("clearinghouse.protection.services.claims.raise_shield", lambda *_, **__: [])
        make_determination(worker, now=now)
    assert not Shield.objects.exists()
    call_command("sweep_shields")
    assert Shield.objects.filter(worker=worker).exists()
    worker.refresh_from_db()
    assert worker.shield
