"""Every policy of the house, found by its signature, and what it says to everybody.

A policy is a public function of an app's `permissions` or `queries` that is told who asks
(`actor`, `user`). What else it wants is given by the name of the parameter; an object is tried with
every row of its kind.
"""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import QuerySet
from knox.models import AuthToken

from accounts.models import User
from clearinghouse.applications.models import Application, Nomination
from clearinghouse.exports.models import Export
from clearinghouse.exports.sources import Selection
from clearinghouse.matching.models import Round
from clearinghouse.notices.models import Message
from clearinghouse.offers.models import Offer
from clearinghouse.people.models import Worker
from clearinghouse.people.queries import profile_data_of
from clearinghouse.protection.models import Evidence, Referral, Request
from clearinghouse.quotas.models import Quota
from clearinghouse.registry.models import State
from clearinghouse.registry.queries import token_id
from clearinghouse.shared.errors import DomainError
from clearinghouse.simulation.models import Simulation
from tests.layers.cast import Cast
from tests.matrix.world import LATER, NOW

Way = Callable[[Any], Any]


def _self(row: Any) -> Any:
    return row


def _public_id(row: Any) -> Any:
    return row.public_id


# What a parameter is given: a value, or each row of a kind.
VALUES: dict[str, Any] = {
    "now": LATER,
    "requester_ids": (),
    "party": "",
    "kind": "nominations",
    "selection": Selection(),
    "role": "operator",
    "since": NOW,
    "state": "KE",
    "subject": "people.worker",
}
ROWS: dict[str, tuple[type[models.Model], Way]] = {
    "worker_id": (Worker, _public_id),
    "worker_public_id": (Worker, _public_id),
    "data": (Worker, profile_data_of),
    "quota": (Quota, _self),
    "round_": (Round, _self),
    "number": (Round, lambda row: row.number),
    "export": (Export, _self),
    "simulation": (Simulation, _self),
    "user": (User, _self),
    "start": (AuthToken, lambda row: token_id(row.digest)),
}
# Whose public id it is, the answer tells.
ANSWERS: dict[str, type[models.Model]] = {
    "CaseFile": Application,
    "tuple[Application, list[Wish]]": Application,
    "Application": Application,
    "NominationRow": Nomination,
    "Nomination": Nomination,
    "Export": Export,
    "Message": Message,
    "Offer": Offer,
    "Worker": Worker,
    "Worker | None": Worker,
    "Request": Request,
    "Referral": Referral,
    "Evidence": Evidence,
    "Quota": Quota,
    "int | None": Quota,
    "Simulation": Simulation,
}
WHO = ("actor", "user")


@dataclass(frozen=True)
class Policy:
    """One function that is told who asks."""

    name: str
    function: Any

    @property
    def app(self) -> str:
        """Name the app."""
        return self.name.split(".", maxsplit=1)[0]

    @property
    def who(self) -> str:
        """Name the parameter that says who asks."""
        return next(name for name in WHO if name in self.parameters)

    @property
    def parameters(self) -> Any:
        """Return the signature by name."""
        return inspect.signature(self.function).parameters

    @property
    def answer(self) -> str:
        """Return the annotation of what comes back."""
        return named(inspect.get_annotations(self.function).get("return"))

    def kind(self) -> type[models.Model] | None:
        """Return whose rows it is asked about, if it is asked about one."""
        for name, one in self.parameters.items():
            if name == "public_id":
                return ANSWERS[self.answer]
            if name in ROWS and name != self.who and one.default is inspect.Parameter.empty:
                return ROWS[name][0]
        return None

    def call(self, actor: Any, row: Any = None, *, plain: bool = False) -> Any:
        """Ask on behalf of an actor, about a row where it wants one."""
        given = {self.who: actor}
        for name, one in self.parameters.items():
            if name in given:
                continue
            if name == "public_id":
                given[name] = row.public_id
            elif name in ROWS and one.default is inspect.Parameter.empty:
                given[name] = ROWS[name][1](row)
            elif name in VALUES and (name == "now" or one.default is inspect.Parameter.empty):
                given[name] = VALUES[name]
            elif one.default is inspect.Parameter.empty:
                raise LookupError(f"{self.name}: nobody knows what to give for {name}")
        return (self.function if plain else now_of(self))(**given)


def now_of(policy: Policy) -> Any:
    """Return the function as its module has it at this moment: a mutant, where one stands in."""
    return getattr(importlib.import_module(policy.function.__module__), policy.function.__name__)


def named(annotation: Any) -> str:
    """Return an annotation as the source has it, without the names of modules."""
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        return annotation.__name__
    return re.sub(r"\b[a-z_]+\.", "", str(annotation)).strip("\"'")


@cache
def policies(*, private: bool = False) -> tuple[Policy, ...]:
    """List all policies by name; `private` ones are those behind an underscore."""
    return tuple(sorted(_find(private=private), key=lambda policy: policy.name))


def _find(*, private: bool) -> Iterator[Policy]:
    for config in apps.get_app_configs():
        if config.name.startswith(("clearinghouse.", "accounts")):
            for module in _modules(config.name):
                for name, function in inspect.getmembers(module, inspect.isfunction):
                    if function.__module__ != module.__name__ or name.startswith("_") != private:
                        continue
                    if set(WHO) & set(inspect.signature(function).parameters):
                        short = module.__name__.removeprefix("clearinghouse.")
                        yield Policy(f"{short}.{name}", function)


def _modules(app: str) -> Iterator[Any]:
    for part in ("permissions", "queries"):
        try:
            module = importlib.import_module(f"{app}.{part}")
        except ModuleNotFoundError:
            continue
        yield module
        for found in pkgutil.iter_modules(getattr(module, "__path__", [])):
            yield importlib.import_module(f"{app}.{part}.{found.name}")


REFUSED = "refused"
# More rows than that are not named one by one.
MANY = 12


def answer(policy: Policy, actor: Any, row: Any = None, *, plain: bool = False) -> Any:
    """Ask, and return the whole answer; a refusal is one word, hidden or not.

    `plain` asks the function itself, though a mutant may stand in for it.
    """
    try:
        found = policy.call(actor, row, plain=plain)
        if isinstance(found, QuerySet) or inspect.isgenerator(found):
            found = list(found)
    except DomainError:
        return REFUSED
    except (AttributeError, TypeError):
        # The house and strangers have no account: what is about one's own account has no answer.
        if isinstance(actor, User):
            raise
        return REFUSED
    return found


def says(policy: Policy, actor: Any, cast: Cast) -> tuple[str, ...]:
    """Name what an actor gets: rows of a list, or those about which the answer is not no."""
    kind = policy.kind()
    if kind is None:
        words = sorted(_words(policy, answer(policy, actor), cast))
        return tuple(words) if len(words) <= MANY else ("many",)
    rows = cast.rows[kind]
    no = (REFUSED, False) if policy.answer == "None" else (REFUSED, False, None)
    names = [name for name, row in rows.items() if not _is(answer(policy, actor, row), no)]
    return ("all",) if len(names) == len(rows) > 1 else tuple(sorted(names))


def _is(found: Any, words: tuple[Any, ...]) -> bool:
    return any(found is word for word in words)


def _words(policy: Policy, found: Any, cast: Cast) -> Iterator[str]:
    if found is REFUSED or found is False:
        return
    if found is None or found is True:
        yield "yes" if found or policy.answer == "None" else "nothing"
    elif isinstance(found, list | frozenset):
        if not found:
            yield "empty"
        for one in found:
            yield from _words(policy, one, cast)
    elif isinstance(found, State):
        yield found.iso2
    elif isinstance(found, models.Model):
        yield from {cast.name_of(found)} - {"?"}
    elif hasattr(found, "public_id"):
        rows = cast.rows[ANSWERS[type(found).__name__]].items()
        yield from (name for name, row in rows if _public_id(row) == found.public_id)
    elif isinstance(found, str | int):
        yield "token" if isinstance(found, int) and found > 1_000_000 else str(found) or "nobody"
    else:
        yield "some"


def text_of(found: Any) -> str:
    """Write an answer down, every column and part of it."""
    if isinstance(found, models.Model):
        values = {name: value for name, value in vars(found).items() if name != "_state"}
        return f"{type(found).__name__}{text_of(values)}"
    if isinstance(found, dict):
        return "{" + ", ".join(f"{key}: {text_of(one)}" for key, one in found.items()) + "}"
    if isinstance(found, list | tuple):
        return "[" + ", ".join(map(text_of, found)) + "]"
    if is_dataclass(found) and not isinstance(found, type):
        return text_of({one.name: getattr(found, one.name) for one in fields(found)})
    return repr(found)
