"""What an auditor reads, and what even an auditor does not."""

import pytest
from django.db import transaction

from clearinghouse.audit import queries, trail
from clearinghouse.audit.enums import Verb
from clearinghouse.shared.errors import Forbidden
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db


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
