"""Sending forms with more than they ask for, and seeing what is read and what is kept."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.core.handlers.wsgi import WSGIRequest
from django.db import models
from django.forms import BaseForm
from django.http import QueryDict
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils.datastructures import MultiValueDict

from tests.matrix.forms import FORMS
from tests.matrix.probe import Answer, Callers, Doors
from tests.matrix.routes import Route
from tests.matrix.snapshot import Changes, changes_since, marked
from tests.matrix.world import MatrixWorld

# By these a hostile value is known wherever it is kept.
TEXT, NUMBER, DAY = "zqx-other", "987653", "2031-07-13"
UUID = "5eed5eed-5eed-45ee-8d5e-ed5eed5eed5e"
_KEPT = re.compile(rf"(?<![0-9a-z])(?:{TEXT}|{NUMBER}|{DAY}|{UUID})(?![0-9a-z])")
WORDS = {
    "roles": "administrator",
    "permissions": "certify",
    "shield": "{}",
    "user_permissions": "1",
}


@cache
def hostile(variant: int) -> Mapping[str, str]:
    """Give a value for the name of every column and every form field of the house.

    The first variant is the last choice, "on", and values that are known again; the second is the
    first choice, "off", and the key 1.
    """
    ours = [a for a in apps.get_app_configs() if a.name.startswith(("clear", "accounts"))]
    fields = [f for a in ours for m in a.get_models() for f in m._meta.concrete_fields]
    found = dict.fromkeys(_form_fields(), TEXT)
    for field in fields:
        found |= dict.fromkeys((field.name, field.attname), _value(field, variant))
    return found | WORDS


def _value(field: Any, variant: int) -> str:
    if field.choices:
        return str(list(field.flatchoices)[variant - 1][0])
    for kind, values in (
        (models.BooleanField, ("on", "")),
        (models.DateTimeField, (f"{DAY}T05:07", "2020-01-01T00:00")),
        (models.DateField, (DAY, "2020-01-01")),
        (models.UUIDField, (UUID, UUID)),
        ((models.IntegerField, models.DecimalField, models.ForeignKey), (NUMBER, "1")),
    ):
        if isinstance(field, kind):
            return values[variant]
    return (TEXT, "1")[variant]


def _form_fields() -> Iterator[str]:
    """Yield the field names of every form class that is loaded, and of every row of `FORMS`."""
    kinds = [BaseForm]
    for kind in kinds:
        kinds += kind.__subclasses__()
        yield from getattr(kind, "base_fields", {})
    for form in FORMS.values():
        yield from form.also


class _Read(QueryDict):
    """What was sent, noting the names that are asked for."""

    names: set[str] = set()

    def __getitem__(self, key: str) -> Any:
        self.names.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.names.add(str(key))
        return super().__contains__(key)

    def getlist(self, key: str, default: Any = None) -> Any:
        self.names.add(key)
        return super().getlist(key, default)


class _ReadFiles(MultiValueDict):
    def __getitem__(self, key: str) -> Any:
        _Read.names.add(key)
        return super().__getitem__(key)


@contextmanager
def noted() -> Iterator[set[str]]:
    """Note the names that pages read of what is sent."""
    load = WSGIRequest._load_post_and_files

    def loaded(request: Any) -> None:
        load(request)
        sent = _Read("", mutable=True)
        for name, values in request._post.lists():
            sent.setlist(name, values)
        sent._mutable = False
        request._post, request._files = sent, _ReadFiles(dict(request._files.lists()))
        _Read.names.clear()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WSGIRequest, "_load_post_and_files", loaded)
        _Read.names.clear()
        yield _Read.names


class _Sends:
    """A way in whose body is given, and whose effect stays until somebody has looked."""

    undoes = False
    sent: Mapping[str, Any]

    def given(self, _route: Route) -> dict[str, Any]:
        """Return the arguments of a request that writes."""
        files = [value for value in self.sent.values() if hasattr(value, "seek")]
        for file in files:
            file.seek(0)
        if files:
            data = encode_multipart(BOUNDARY, dict(self.sent))
            return {"data": data, "content_type": MULTIPART_CONTENT}
        data = urlencode(dict(self.sent), doseq=True).encode()
        return {"data": data, "content_type": "application/x-www-form-urlencoded"}


class _Doors(_Sends, Doors):
    pass


class _Callers(_Sends, Callers):
    pass


class Sender:
    """Sends forms, each in a transaction that is undone after a look at the tables."""

    def __init__(self, world: MatrixWorld) -> None:
        self.doors, self.browser = _Doors(world), _Callers(world)

    def send(
        self, route: Route, actor: str, relation: str, bodies: Iterable[Mapping[str, Any]]
    ) -> tuple[list[Answer], Changes]:
        """Send bodies one after the other; return the answers and what they wrote together."""
        library = route.name.startswith(("account_", "mfa_"))
        ways: _Doors | _Callers = self.browser if library else self.doors
        answers = []
        with marked() as mark:
            for body in bodies:
                ways.sent = body
                self.doors.seen.clear()
                answers.append(ways.call(route, "POST", actor, relation, plain=True))
            self.doors.standing.leave()
            return answers, changes_since(mark)


def kept(changes: Changes) -> list[str]:
    """List the tables and columns in which a hostile value stands."""
    return sorted(
        {
            f"{name}.{column}"
            for name, (rows, _count) in changes.items()
            for row in rows
            for column, value in row.items()
            if value and _KEPT.search(str(value).lower())
        }
    )
