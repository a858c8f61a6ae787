"""What the outbox refuses, whoever writes."""

from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from clearinghouse.notices.models import Message
from clearinghouse.shared.database import violated_constraint
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db


def refused_by(now: datetime, **values: Any) -> str | None:
    """Return the name of the constraint that refuses a message."""
    facts = {"kind": "invitation", "language": "en", "made_at": now, **values}
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Message.objects.create(**facts)
    return violated_constraint(error.value)


def test_message_to_nobody_or_to_two(now: datetime) -> None:
    name = "notices_message_recipient"
    assert refused_by(now) == name
    assert refused_by(now, user=make_user(), address="a@example.org") == name


def test_message_of_an_unknown_kind(now: datetime) -> None:
    assert refused_by(now, address="a@example.org", kind="gossip") == "notices_message_kind"


def test_message_sent_without_a_try(now: datetime) -> None:
    name = "notices_message_sent_was_tried"
    assert refused_by(now, address="a@example.org", sent_at=now) == name
