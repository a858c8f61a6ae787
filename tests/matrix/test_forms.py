"""Mass assignment on the web: every form x every name outside its list, and 0 changes."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from django import forms as django_forms
from django.core.files.uploadedfile import SimpleUploadedFile

from clearinghouse.web.state.nominations import NominationForm
from tests.matrix.forms import FORMS, LIBRARY, NOTHING, Form
from tests.matrix.routes import Route, routes
from tests.matrix.sending import Sender, hostile, kept, noted
from tests.matrix.snapshot import differences, noise
from tests.matrix.table import table
from tests.matrix.world import ACTORS, MatrixWorld

pytestmark = pytest.mark.django_db

# The own object first: that is where a form gets furthest.
ORDER = ("R7", "R3", "R1", "R2", "R4", "R5", "R6")
# Names of one form among several of a page, and of one line among several.
_PREFIX = re.compile(r"^(?:[0-9a-f]{32}|form-\d+)-")


def is_library(route: Route) -> bool:
    """Tell whether the sign-in library draws the page."""
    return route.name.startswith(("account_", "mfa_"))


def writes() -> Iterator[tuple[Route, Form]]:
    """Yield every address of the web that takes forms, with its row, or none for reading pages."""
    for route in routes():
        row = table()[route.name]
        if route.is_api or "POST" not in row.methods:
            continue
        form = FORMS.get(route.name, LIBRARY if is_library(route) else NOTHING)
        if _opened(route, form):
            yield route, form


def _opened(route: Route, form: Form) -> tuple[str, str] | None:
    """Find an actor and a relation for which the door is open, those of the row if it has some."""
    row = table()[route.name]
    found = [
        (actor, relation)
        for actor in ACTORS
        for relation in ((form.relation,) if form.relation else ORDER)
        if set(row.outcome("POST", actor, relation)) & set("SCH")
    ]
    served = [one for one in found if set(row.outcome("POST", *one)) & set("SC")]
    return next(iter(served or (found if route.name in FORMS else [])), None)


def probe(
    world: MatrixWorld, only: Callable[[Route], bool] = lambda _route: True
) -> tuple[int, int, list[str]]:
    """Send each form with everything else too.

    Return how many names were sent outside lists, how many forms changed something at all, and
    what was read, kept or changed by a name outside the list.
    """
    sender, count, working, wrong = Sender(world), 0, 0, []
    for route, form in writes():
        if not only(route):
            continue
        actor, relation = _opened(route, form) or ("", "")
        answer, names = form.answer(world), form.names(world)
        plain = sender.send(route, actor, relation, [answer])[1]
        afters = []
        for variant in (0, 1) if route.name in FORMS else (0,):
            outside = {n: v for n, v in hostile(variant).items() if n not in names}
            with noted() as read:
                _answers, after = sender.send(route, actor, relation, [{**outside, **answer}])
                asked = {_PREFIX.sub("", name) for name in read} & set(outside)
            count += len(outside)
            afters.append(after)
            wrong += [f"{route.name}: reads {name}" for name in sorted(asked)]
            wrong += [f"{route.name}: keeps {name}" for name in kept(after)]
        noisy = set()
        if any(rows for rows, _count in plain.values()):
            working += 1
            # Asked last: what changes with the second has changed by now.
            for _again in range(2):
                noisy |= noise(plain, sender.send(route, actor, relation, [answer])[1])
        for after in afters:
            wrong += [f"{route.name}: {text}" for text in differences(plain, after, noisy)]
    return count, working, wrong


def test_has_a_row_for_every_form() -> None:
    """A page that takes forms has a row, or its line of the matrix says that sending is reading."""
    ours = {route.name for route in routes() if not route.is_api and not is_library(route)}
    served = set("SCH")
    writing = {
        name
        for name in ours
        if (methods := table()[name].methods).get("POST") not in (None, methods.get("GET"))
        and any(served & set(letters) for letters in methods["POST"].values())
    }
    library = {route.name for route in routes() if is_library(route)}
    assert writing <= set(FORMS), sorted(writing - set(FORMS))
    assert set(FORMS) <= ours | library


def test_changes_nothing_by_a_name_outside_the_list(world: MatrixWorld) -> None:
    count, working, wrong = probe(world)
    assert wrong == []
    assert count >= 50_000
    assert working >= 50


def test_notices_a_form_with_one_field_more(
    world: MatrixWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = {**NominationForm.base_fields, "status": django_forms.CharField(required=False)}
    monkeypatch.setattr(NominationForm, "base_fields", more)
    _count, _working, wrong = probe(world, lambda route: route.name == "state-nominations-nominate")
    assert "state-nominations-nominate: reads status" in wrong


def test_notices_a_field_that_is_kept_and_stands_in_no_list(
    world: MatrixWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = FORMS["my-account"]
    answer = {**row.answer(world)}
    answer.pop("display_name")
    monkeypatch.setitem(FORMS, "my-account", replace(row, body=answer))
    _count, _working, wrong = probe(world, lambda route: route.name == "my-account")
    assert "my-account: keeps public.accounts_user.display_name" in wrong


_HEAD = "reference,given_names,family_name,birth_date,email,occupation,posting"
_LINE = "KE-4712,Anna,Maria,1990-01-31,anna@example.net,7212,"


def _import(world: MatrixWorld, columns: list[str]) -> tuple[set[int], int]:
    """Import one file for each further column; return what was answered, and rows written."""
    route = next(route for route in routes() if route.name == "state-nominations-upload")
    bodies = [
        {"file": SimpleUploadedFile("list.csv", f"{_HEAD},{name}\n{_LINE},1\n".encode())}
        for name in columns
    ]
    answers, changes = Sender(world).send(route, "A5", "R3", bodies)
    return {one.status for one in answers}, sum(len(rows) for rows, _count in changes.values())


def test_imports_no_file_with_a_further_column(world: MatrixWorld) -> None:
    columns = sorted(set(hostile(0)) - set(_HEAD.split(",")))
    assert len(columns) > 300
    assert _import(world, columns) == ({200}, 0)


def test_notices_an_import_that_takes_a_column(
    world: MatrixWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clearinghouse.applications.services import nominations_csv, nominations_rows

    known = (*nominations_rows.COLUMNS, "status")
    monkeypatch.setattr(nominations_csv, "COLUMNS", known)
    assert _import(world, ["status"])[1] > 0
