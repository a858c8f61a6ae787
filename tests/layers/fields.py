"""Which fields leave the house: of every answer of the API, by actor, and of every file of rows.

Taken from the answers themselves, of the filled world of the matrix: whatever the policies let
through, no more than these names may stand in it. What no serializer of the world happened to say
(a list that was empty) stands in the list of serializers.
"""

import csv
import importlib
import inspect
import io
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rest_framework import serializers

import clearinghouse.api
from clearinghouse.exports.sources import SOURCES
from tests.matrix.probe import Doors
from tests.matrix.routes import Route, routes
from tests.matrix.table import table
from tests.matrix.world import RELATIONS, TOKENS, MatrixWorld

FILE = Path(__file__).with_name("fields.txt")
HEAD = """\
# Every field that leaves the house, by address, method and actor (matrix); files of rows by column.
# [] is each of a list, * each of a table whose keys are no names of fields: references, states.
"""
# Papers and archives, which other tests read; the page and the schema of the API itself.
_NO_FIELDS = frozenset({"api-schema", "api-docs", "api-result-paper", "api-round-public-bundle"})
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Keys that are words of the content: references of postings, codes, names in a round.
_CONTENT = re.compile(r"[A-Z]{2}(-\d{4}-\d{3})?|[A-Z]{3}|c\d+|\d+|[0-9a-f-]{16,}|.*[ :].*")


def fields_of(value: Any, at: str = "") -> set[str]:
    """Return the paths of all names in a JSON value."""
    if isinstance(value, dict):
        found: set[str] = set()
        for key, inner in value.items():
            name = "*" if _CONTENT.fullmatch(key) else key
            path = f"{at}.{name}" if at else name
            found |= fields_of(inner, path) | ({path} if name != "*" else set())
        return found
    if isinstance(value, list):
        return set().union(*(fields_of(one, f"{at}[]") for one in value))
    return set()


def answers(world: MatrixWorld, only: str = "") -> Iterator[tuple[str, dict[str, set[str]]]]:
    """Yield each address of the API and method that serves anybody, and the fields by actor."""
    doors = Doors(world)
    for route in routes():
        wanted = route.is_api and only in {"", route.name}
        for method in METHODS if wanted and route.name not in _NO_FIELDS else ():
            found = {
                actor: fields
                for actor in ("A0", *TOKENS)
                if (fields := _said(doors, route, method, actor)) is not None
            }
            if found:
                yield f"{route.name} {method}", found


def _said(doors: Doors, route: Route, method: str, actor: str) -> set[str] | None:
    row, found = table()[route.name], None
    served = [one for one in RELATIONS if row.outcome(method, actor, one) == "S"]
    # Somebody else's and one's own, where there are both.
    for relation in dict.fromkeys([*served[:1], *served[-1:]]) if route.objects else served[:1]:
        reply = doors.call(route, method, actor, relation)
        kind = dict(reply.headers).get("Content-Type", "")
        if reply.status < 400 and kind.startswith("application/json") and reply.body:
            found = (found or set()) | fields_of(json.loads(reply.body))
    return found


def files(world: MatrixWorld) -> Iterator[tuple[str, list[str]]]:
    """Yield each address that answers with a file of rows, and its columns."""
    doors = Doors(world)
    for route in routes():
        row = table()[route.name]
        if route.is_api or row.kind == "account":
            continue
        cells = ((actor, relation) for relation in RELATIONS for actor in world.users)
        served = [cell for cell in cells if row.outcome("GET", *cell) == "S"]
        for actor, relation in served[:1]:
            reply = doors.call(route, "GET", actor, relation, plain=True)
            if "text/csv" in dict(reply.headers).get("Content-Type", ""):
                yield f"{route.name} GET", columns_of(reply.body)
    yield from exports()


def exports() -> Iterator[tuple[str, list[str]]]:
    """Yield each kind of export and its columns."""
    for kind, source in sorted(SOURCES.items()):
        yield f"export {kind}", [str(name) for name in source.header()]


def columns_of(content: bytes) -> list[str]:
    """Return the names in the first line of a file of rows."""
    return next(csv.reader(io.StringIO(content.decode("utf-8-sig"))), [])


def all_serializers() -> list[type[serializers.BaseSerializer[Any]]]:
    """List every serializer of the house."""
    found = {}
    for info in pkgutil.iter_modules(clearinghouse.api.__path__, "clearinghouse.api."):
        for _name, one in inspect.getmembers(importlib.import_module(info.name), inspect.isclass):
            if issubclass(one, serializers.BaseSerializer) and one.__module__ == info.name:
                found[f"{info.name.rpartition('.')[2]}.{one.__name__}"] = one
    return [found[name] for name in sorted(found)]


def open_ended(kinds: list[type[Any]]) -> list[str]:
    """List the serializers whose fields are not written down one by one."""
    return [kind.__name__ for kind in kinds if _is_open_ended(kind)]


def _is_open_ended(kind: type[Any]) -> bool:
    meta = getattr(kind, "Meta", None)
    listed = isinstance(getattr(meta, "fields", None), list | tuple)
    takes_columns = issubclass(kind, serializers.ModelSerializer)
    return hasattr(meta, "exclude") or (takes_columns and not listed)


def lines(world: MatrixWorld) -> Iterator[str]:
    """Write everything down as the file has it."""
    yield from answer_lines(world)
    for name, columns in files(world):
        yield name
        yield f"  columns: {', '.join(columns)}"
    yield from serializer_lines()


def answer_lines(world: MatrixWorld, only: str = "") -> Iterator[str]:
    """Write down what the API answers, at one address or at all."""
    for name, found in answers(world, only):
        yield name
        groups: dict[str, list[str]] = {}
        for actor, fields in found.items():
            groups.setdefault(", ".join(sorted(fields)) or "nothing", []).append(actor)
        yield from (f"  {' '.join(actors)}: {fields}" for fields, actors in groups.items())


def serializer_lines() -> Iterator[str]:
    """Write down the fields of every serializer."""
    for kind in all_serializers():
        yield f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}"
        yield f"  fields: {', '.join(getattr(kind, '_declared_fields', {})) or 'nothing'}"
