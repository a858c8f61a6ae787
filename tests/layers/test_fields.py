"""Layer 2 alone: an answer has the fields that are written down for its actor, and no others.

`LAYERS_WRITE=1` writes `fields.txt` anew; read the difference before it is kept.
"""

import os
from collections.abc import Iterable
from dataclasses import replace

import pytest
from rest_framework import serializers

from clearinghouse.api.applications import FileOut
from clearinghouse.exports.enums import Kind
from clearinghouse.exports.sources import SOURCES
from clearinghouse.people.models import Worker
from tests.layers.fields import (
    FILE,
    HEAD,
    all_serializers,
    answer_lines,
    exports,
    lines,
    open_ended,
    serializer_lines,
)
from tests.matrix.world import MatrixWorld

pytestmark = pytest.mark.django_db


def unexpected(found: Iterable[str]) -> list[str]:
    """List the lines that are not in the file."""
    kept = set(FILE.read_text(encoding="utf-8").splitlines())
    return [line for line in found if line not in kept]


def test_every_field_has_its_line(world: MatrixWorld) -> None:
    found = HEAD + "\n".join(lines(world)) + "\n"
    if "LAYERS_WRITE" in os.environ:
        FILE.write_text(found, encoding="utf-8")
    assert found.splitlines() == FILE.read_text(encoding="utf-8").splitlines()
    assert sum(line[0] != " " for line in found.splitlines()) > 100


def test_no_serializer_is_open_ended() -> None:
    assert open_ended(all_serializers()) == []


def test_twin_serializers_that_take_all_columns_are_noticed() -> None:
    class All(serializers.ModelSerializer[Worker]):
        class Meta:
            model = Worker
            fields = "__all__"

    class Most(serializers.ModelSerializer[Worker]):
        class Meta:
            model = Worker
            exclude = ("phone",)

    assert open_ended([All, Most]) == ["All", "Most"]


def test_twin_a_field_more_is_noticed(world: MatrixWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    field = serializers.IntegerField(source="worker_id")
    more = {**FileOut._declared_fields, "worker": field}
    monkeypatch.setattr(FileOut, "_declared_fields", more)
    found = unexpected([*answer_lines(world, "api-file"), *serializer_lines()])
    assert any(line.startswith("  A3c: ") and "worker" in line for line in found), found
    assert any(line.startswith("  fields: ") and "worker" in line for line in found), found


def test_twin_a_column_more_is_noticed(world: MatrixWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = SOURCES[Kind.NOMINATIONS]
    longer = replace(plain, header=lambda: (*plain.header(), "Passport"))
    monkeypatch.setitem(SOURCES, Kind.NOMINATIONS, longer)  # type: ignore[arg-type]
    found = unexpected(f"  columns: {', '.join(columns)}" for _name, columns in exports())
    assert ["Passport" in line for line in found] == [True]
