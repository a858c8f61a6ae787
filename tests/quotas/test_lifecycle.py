"""The table of moves."""

from itertools import product
from pathlib import Path

import pytest

from clearinghouse.quotas.enums import EDITABLE_STATUSES, PUBLIC_STATUSES, Status
from clearinghouse.quotas.lifecycle import LIFECYCLE
from clearinghouse.shared.errors import NotNow

README = Path(__file__).parents[2] / "clearinghouse" / "quotas" / "README.md"


def test_lifecycle_covers_every_status() -> None:
    assert LIFECYCLE.statuses == frozenset(Status.values)
    # A closed posting whose round was voided is published again.
    assert LIFECYCLE.ends == {Status.WITHDRAWN}


def test_lifecycle_refuses_every_move_that_is_not_listed() -> None:
    for current, to in product(Status.values, repeat=2):
        if to in LIFECYCLE.targets(current):
            LIFECYCLE.check(current, to)
        else:
            with pytest.raises(NotNow):
                LIFECYCLE.check(current, to)


def test_lifecycle_never_edits_what_is_public() -> None:
    assert not EDITABLE_STATUSES & PUBLIC_STATUSES


def test_lifecycle_is_drawn_in_the_readme() -> None:
    assert LIFECYCLE.diagram() in README.read_text(encoding="utf-8")
