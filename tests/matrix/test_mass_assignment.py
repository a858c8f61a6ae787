"""Mass assignment: every write of the API x every column outside its list, refused by name."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from drf_spectacular.generators import SchemaGenerator
from rest_framework import serializers

from clearinghouse.api.serializers import StrictIn
from tests.matrix.probe import Doors
from tests.matrix.routes import Route, routes
from tests.matrix.table import table
from tests.matrix.world import ACTORS, RELATIONS, MatrixWorld

pytestmark = pytest.mark.django_db

WRITES = ("POST", "PUT", "PATCH")
# Takes a file, which has columns of its own: another column is an error of the file.
FILES = frozenset({"api-nominations-import"})


def columns() -> frozenset[str]:
    """Return the name of every column of the house, and the words of the matrix's brief."""
    ours = [
        config for config in apps.get_app_configs() if config.name.startswith(("clear", "accounts"))
    ]
    fields = [
        field
        for config in ours
        for model in config.get_models()
        for field in model._meta.concrete_fields
    ]
    names = {name for field in fields for name in (field.name, field.attname)}
    return frozenset(names | {"shield", "roles", "is_staff", "is_superuser", "permissions"})


def taken() -> dict[tuple[str, str], frozenset[str]]:
    """Return what the OpenAPI document lists for each write, by address and method."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    found = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            schema: dict[str, Any] = next(iter(content.values()), {}).get("schema", {})
            name = schema.get("$ref", "").rpartition("/")[2]
            schema = document["components"]["schemas"].get(name, schema)
            found[path, method.upper()] = frozenset(schema.get("properties", {}))
    return found


def writes() -> Iterator[tuple[Route, str, str, str]]:
    """Yield each write of the API with an actor and a relation for which its door is open."""
    for route in routes():
        row = table()[route.name]
        if not route.is_api or route.name in FILES or route.name == "api-missing":
            continue
        for method in WRITES:
            if method in row.methods:
                cells = ((a, r) for a in ACTORS for r in RELATIONS)
                yield (
                    route,
                    method,
                    *next(c for c in cells if row.outcome(method, *c) in {"S", "C"}),
                )


def probe(world: MatrixWorld) -> tuple[int, list[str]]:
    """Send every column outside the list with every write; return how many and what got in."""
    doors, listed, count, wrong = Doors(world), taken(), 0, []
    for route, method, actor, relation in writes():
        path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.pattern)
        outside = columns() - listed[path, method]
        doors.more = dict.fromkeys(outside, 1)
        with doors.standing:
            answer = doors.call(route, method, actor, relation, plain=True)
        refused = set(re.findall(r'"(\w+)":\["This field is not known here', answer.body.decode()))
        count += len(outside)
        if answer.status != 422:
            wrong.append(f"{route.name} {method}: answered {answer.status}")
        wrong += [f"{route.name} {method}: took {name}" for name in sorted(outside - refused)]
    return count, wrong


def contents() -> dict[str, str]:
    """Digest every table of the house."""
    found = {}
    with connection.cursor() as cursor:
        for config in apps.get_app_configs():
            for model in config.get_models():
                name = model._meta.db_table
                joined = "string_agg(t::text, '|' ORDER BY t::text)"
                cursor.execute(f"SELECT md5(coalesce({joined}, '')) FROM \"{name}\" t")
                found[name] = cursor.fetchone()[0]
    return found


def test_refuses_every_column_outside_the_list_and_changes_nothing(world: MatrixWorld) -> None:
    before = contents()
    count, wrong = probe(world)
    assert wrong == []
    assert count >= 3000
    assert contents() == before


def test_notices_bodies_with_open_fields(
    world: MatrixWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StrictIn, "to_internal_value", serializers.Serializer.to_internal_value)
    _count, wrong = probe(world)
    assert "api-quota-approve POST: took status" in wrong
