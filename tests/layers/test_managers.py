"""Layer 1, its floor: whoever lists persons on nobody's behalf gets an error, not a list."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import models

from clearinghouse.access import context
from clearinghouse.access.checks import SYSTEM
from clearinghouse.access.context import NoActor, acting
from clearinghouse.access.managers import PersonalManager
from clearinghouse.guard.tables import TABLES, Zone
from clearinghouse.people.models import Worker
from clearinghouse.shared.postgres import session
from tests.factories.people import make_worker

pytestmark = pytest.mark.django_db

PERSONS = frozenset({Zone.PSEUDONYMOUS, Zone.IDENTITY, Zone.PROTECTION})
# Accounts are not among them: who signs in is looked for before anybody acts. Layer 3 holds there.

Deed = Callable[[models.Manager[Any]], Any]
DEEDS: dict[str, Deed] = {
    "aggregate": lambda rows: rows.aggregate(all=models.Count("*")),
    "alias": lambda rows: list(rows.alias(one=models.Value(1))),
    "all": lambda rows: list(rows.all()),
    "annotate": lambda rows: list(rows.annotate(one=models.Value(1))),
    "array": lambda rows: rows.aggregate(all=ArrayAgg("pk")),
    "bulk_create": lambda rows: rows.bulk_create([]),
    "bulk_update": lambda rows: rows.bulk_update([], []),
    "count": lambda rows: rows.count(),
    "create": lambda rows: rows.create(),
    "defer": lambda rows: list(rows.defer(None)),
    "delete": lambda rows: rows.all().delete(),
    "distinct": lambda rows: list(rows.distinct()),
    "earliest": lambda rows: rows.earliest("pk"),
    "exclude": lambda rows: list(rows.exclude(pk__in=[])),
    "exists": lambda rows: rows.exists(),
    "explain": lambda rows: rows.all().explain(),
    "filter": lambda rows: list(rows.filter(pk__in=[])),
    "first": lambda rows: rows.first(),
    "get": lambda rows: rows.get(),
    "get_or_create": lambda rows: rows.get_or_create(),
    "in_bulk": lambda rows: rows.in_bulk(),
    "iterator": lambda rows: list(rows.iterator()),
    "last": lambda rows: rows.last(),
    "latest": lambda rows: rows.latest("pk"),
    "none": lambda rows: list(rows.none()),
    "only": lambda rows: list(rows.only()),
    "order_by": lambda rows: list(rows.order_by()),
    "raw": lambda rows: list(rows.raw("SELECT 1")),
    "reverse": lambda rows: list(rows.reverse()),
    "select_for_update": lambda rows: list(rows.select_for_update()),
    "select_related": lambda rows: list(rows.select_related()),
    "union": lambda rows: list(rows.union(rows.all())),
    "update": lambda rows: rows.update(),
    "update_or_create": lambda rows: rows.update_or_create(),
    "using": lambda rows: list(rows.using("default")),
    "values": lambda rows: list(rows.values("pk")),
    "values_list": lambda rows: list(rows.values_list("pk")),
}


def of_persons() -> list[type[models.Model]]:
    """List the models of persons: by the zone of their table, or by a foreign key to a person."""
    found: set[type[models.Model]] = {
        model
        for model in apps.get_models()
        if model._meta.db_table in TABLES and TABLES[model._meta.db_table].zone in PERSONS
    }
    while more := {model for model in apps.get_models() if _points_at(model, found)} - found:
        found |= more
    return sorted(found, key=lambda model: model._meta.label)


def _points_at(model: type[models.Model], targets: set[type[models.Model]]) -> bool:
    return any(
        field.is_relation and field.related_model in targets
        for field in model._meta.concrete_fields
    )


def careless(all_models: list[type[models.Model]]) -> list[str]:
    """List the managers of these models that answer on nobody's behalf."""
    return [
        f"{model._meta.label}.{manager.name}"
        for model in all_models
        for manager in model._meta.managers
        if not isinstance(manager, PersonalManager)
        or type(manager).get_queryset is not PersonalManager.get_queryset
    ]


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take away what lets tests act for the house."""
    monkeypatch.setattr(context, "_of_process", [None])
    monkeypatch.setattr(session, "of_process", [session.NOTHING])
    yield


def test_every_model_of_persons_has_a_manager_that_asks() -> None:
    assert careless(of_persons()) == []
    assert Worker in of_persons() and len(of_persons()) >= 20


def test_notices_a_model_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    plain: models.Manager[Any] = models.Manager()
    plain.model, plain.name = Worker, "objects"
    monkeypatch.setattr(Worker._meta, "managers", (plain,))
    assert careless(of_persons()) == ["people.Worker.objects"]


def test_every_way_to_ask_is_tried() -> None:
    offered = {name for name in dir(models.QuerySet) if not name.startswith("_")}
    # Asynchronous names do what their twins do; the rest is machinery, or begins with one of these.
    later = {name for name in offered if name[0] == "a" and name[1:] in offered}
    other = {"as_manager", "complex_filter", "contains", "dates", "datetimes", "db"}
    other |= {"difference", "extra", "intersection", "ordered", "prefetch_related", "query"}
    other |= {"resolve_expression"}
    assert offered - later - other == set(DEEDS) - {"array"}


@pytest.mark.parametrize("deed", DEEDS)
def test_nobody_asks_on_nobodys_behalf(deed: str, nobody: None) -> None:
    for model in of_persons():
        for manager in model._meta.managers:
            with pytest.raises(NoActor):
                DEEDS[deed](manager)


def test_nobody_comes_in_by_what_belongs_to_a_person(nobody: None) -> None:
    with acting(SYSTEM):
        worker = Worker._base_manager.get(pk=make_worker().pk)
    with pytest.raises(NoActor):
        worker.languages.count()
    with pytest.raises(NoActor):
        worker.mandates.all()


@pytest.mark.parametrize("deed", ["all", "count", "exists", "filter", "update", "aggregate"])
def test_twin_a_manager_that_does_not_ask_answers(
    deed: str, nobody: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clearinghouse.access.managers.current", lambda: None)
    for model in of_persons():
        DEEDS[deed](model._default_manager)
