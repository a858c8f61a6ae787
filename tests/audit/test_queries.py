"""What an auditor reads, and what even an auditor does not."""

import ast
from pathlib import Path

import pytest
from django.db import transaction
from django.urls import reverse

from clearinghouse import protection
from clearinghouse.audit import queries, trail
from clearinghouse.audit.enums import Verb
from clearinghouse.shared.errors import Forbidden
from tests.factories.accounts import make_user
from tests.web.doors import signed_in, text_of

pytestmark = pytest.mark.django_db
# Acts of the zone that name nobody.
NOBODYS = {Verb.KEY_ROTATED}


def _record(verb):
    with transaction.atomic():
        return trail.record(verb, by=make_user("worker"), on=("people.worker", "1"))


def test_lists_acts_for_auditors():
    event = _record(Verb.PROFILE_CREATED)
    assert list(queries.list_events(make_user("auditor"), subject="1")) == [event]


@pytest.mark.parametrize("verb", sorted(queries.PROTECTION_VERBS))
def test_hides_acts_of_the_protection_zone_from_auditors(verb):
    event = _record(verb)
    assert list(queries.list_events(make_user("auditor"), subject="1")) == []
    assert list(queries.list_events(make_user("auditor"), subject="1", verb=verb)) == []
    assert list(queries.list_events_of("people.worker", "1")) == [event]


def test_refuses_everybody_else():
    with pytest.raises(Forbidden):
        queries.list_events(make_user("operator"))


def _verbs_of_the_zone():
    """Read from its code which acts the protection zone records."""
    found = set()
    for path in Path(protection.__path__[0]).rglob("*.py"):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "Verb":
                found.add(Verb[node.attr])
    return found


def test_knows_every_act_that_the_zone_records():
    zone = _verbs_of_the_zone()
    assert len(zone) > 12
    assert zone - NOBODYS == queries.PROTECTION_VERBS


def _shown_to_an_auditor():
    """Record one act of each kind; return those that the auditor's page or list shows."""
    auditor = make_user("auditor")
    client = signed_in(auditor)
    shown = set()
    for number, verb in enumerate(_verbs_of_the_zone() - NOBODYS):
        case = f"case-{number}-of-the-zone"
        with transaction.atomic():
            trail.record(verb, by=make_user("worker"), on=("people.worker", case))
        page = text_of(client.get(reverse("operations-audit"), {"verb": verb.value}))
        listed = queries.list_events(auditor, subject=case).exists()
        if listed or case in page:
            shown.add(verb)
    return shown


def test_shows_auditors_no_act_of_the_zone():
    assert _shown_to_an_auditor() == set()


def test_the_twin_with_the_old_list_shows_who_hid(monkeypatch):
    old = frozenset({Verb.PROTECTION_REQUESTED})
    monkeypatch.setattr(queries, "PROTECTION_VERBS", old)
    assert _shown_to_an_auditor() == _verbs_of_the_zone() - NOBODYS - old
