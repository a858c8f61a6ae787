"""Every status table is whole, and the pages draw it as it is."""

from importlib import import_module

import pytest

from tests.house.sources import ROOT

APPS = ["quotas", "applications", "matching", "offers", "simulation", "exports"]


def _table(app):
    return import_module(f"clearinghouse.{app}.lifecycle").LIFECYCLE


@pytest.mark.parametrize("app", APPS)
def test_knows_every_status(app):
    status = import_module(f"clearinghouse.{app}.enums").Status
    assert _table(app).statuses == frozenset(status.values)


@pytest.mark.parametrize("app", APPS)
def test_reaches_every_status_from_the_start(app):
    table = _table(app)
    reached, waiting = set(table.start), list(table.start)
    while waiting:
        for following in table.targets(waiting.pop()) - reached:
            reached.add(following)
            waiting.append(following)
    assert reached == table.statuses


@pytest.mark.parametrize("app", APPS)
def test_moves_to_known_statuses_only(app):
    table = _table(app)
    assert (
        frozenset().union(*(table.targets(status) for status in table.statuses)) <= table.statuses
    )


@pytest.mark.parametrize("app", APPS)
def test_draws_the_table_in_the_readme(app):
    page = (ROOT / "clearinghouse" / app / "README.md").read_text(encoding="utf-8")
    assert _table(app).diagram() in page
