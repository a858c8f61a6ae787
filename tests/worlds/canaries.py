"""Shielded people whose every value is a canary, and what hostile accounts throw at the house."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any
from uuid import UUID

from accounts import services as accounts
from accounts.models import RoleGrant
from clearinghouse.applications import services as applications
from clearinghouse.applications.models import Application
from clearinghouse.people import services as people
from clearinghouse.protection import services as protection
from tests.factories.applications import check, make_nomination_data
from tests.factories.people import make_data, verify_email
from tests.worlds import cast as world
from tests.worlds import looks
from tests.worlds.acts import hide
from tests.worlds.cast import ACCOUNTS, BEGIN, Cast
from tests.worlds.doors import Call, routes
from tests.worlds.scanner import Scanner


@dataclass(frozen=True)
class Person:
    """What is written about one shielded person. `known`: the state has nominated this person.

    `late`: the person has applied to the state before hiding from it.
    """

    name: str
    given: str
    family: str
    born: date
    email: str
    phone: str
    statement: str
    known: bool = False
    late: bool = False


PEOPLE = (
    Person(
        "far", "Zéphyrine", "Quillfeather", date(1931, 2, 27), "zq.vexillum@harbour.example",
        "+49 30 55501990", "They burnt the mill at Ombokolyo and wrote down our names.",
    ),
    Person(
        "known", "Thandolwethu", "Brackenwyrm", date(1932, 8, 3), "tb.sassafras@harbour.example",
        "+49 30 55501991", "The officer at Kwamvulawe kept my papers.", known=True,
    ),
    Person(
        "late", "Yxandre", "Ploverstone", date(1933, 10, 11), "yp.tamarisk@harbour.example",
        "+49 30 55501992", "I left Nzimbolera by night with both children.", late=True,
    ),
)  # fmt: skip
METHODS = ("GET",) * 13 + ("POST",) * 4 + ("PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_LANGUAGES = ("ar", "fr", "es", "en", "de-DE,de;q=0.8", "*", "x" * 300)
_ACCEPT = ("application/json", "text/html", "text/csv", "application/xml", "*/*", "image/png")
_FIELDS = (
    "reference", "given_names", "family_name", "birth_date", "email", "occupation", "posting",
    "eligible", "reasons", "note", "version", "wishes", "search", "q", "status", "quota", "file",
    "statement", "worker", "application", "secret", "commitment", "title", "places",
)  # fmt: skip


def settle(cast: Cast, scanner: Scanner) -> dict[str, list[str]]:
    """Let the people come, apply elsewhere, ask for protection; return the ids that are theirs."""
    before = looks.known_ids()
    for person in PEOPLE:
        _settle(cast, person)
    ids = looks.new_ids(before, looks.known_ids())
    for name in ("worker_id", "application_id", "user_id", "request_id", "message_id"):
        for value in ids[name]:
            scanner.add(f"{name} {value}", UUID(value))
    for person in PEOPLE:
        _watch(scanner, person)
    return ids


def _settle(cast: Cast, person: Person) -> None:
    user = accounts.register_user(email=person.email, display_name=f"{person.given} own")
    RoleGrant.objects.create(user=user, role="worker")
    verify_email(user)
    cast.users[person.name] = user
    data = make_data(
        given_names=person.given,
        family_name=person.family,
        birth_date=person.born,
        nationality="KE",
        former_residence="UG",
        phone=person.phone,
        experience_years=21,
    )
    worker = people.save_profile(by=user, data=data, now=BEGIN)
    if person.known:
        nominated = make_nomination_data(
            reference="KE-known",
            given_names=person.given,
            family_name=person.family,
            email=person.email,
            birth_date="1990-01-31",
        )
        applications.nominate(by=cast.users["origin_officer"], data=nominated, now=BEGIN)
    # Whoever hides late has been seen before; from then on nothing may show it.
    wishes = ("ke_open", "de_open") if person.late else ("de_open", "ca_open")
    world.apply(cast, person.name, *wishes)
    hide(user, ["KE", "UG"], now=BEGIN, keep=True)
    protection.request_check(by=user, statement=person.statement, now=BEGIN)
    ticket = Application.objects.get(worker=worker)
    check(ticket.public_id, cast.quotas["de_open"], by=cast.users["de_caseworker"], now=BEGIN)


def _watch(scanner: Scanner, person: Person) -> None:
    scanner.add(f"{person.name} born", person.born)
    scanner.add(f"{person.name} phone", person.phone)
    scanner.add(f"{person.name} statement", person.statement)
    scanner.add(f"{person.name} account", f"{person.given} own")
    # What the state itself wrote into a nomination it may read there again.
    if not person.known:
        scanner.add(f"{person.name} given names", person.given)
        scanner.add(f"{person.name} family name", person.family)
        scanner.add(f"{person.name} mail", person.email)


def throw(random: Random, ids: looks.Ids) -> Call:
    """Make one hostile request: any account, route, method, words, ids and headers."""
    account = random.choice(list(ACCOUNTS))
    dice = random.random()
    if dice < 0.45:
        call = looks.look(random, ids)
        account, path = call.account, call.path
    elif dice < 0.75 and (hunted := looks.hunt(random, ids)):
        path = hunted.path
    else:
        path = looks.fill(random, random.choice(_all_but_leaving()), ids)
    if random.random() < 0.3:
        path += ("&" if "?" in path else "?") + _query(random, ids)
    if random.random() < 0.1:
        path = _mutated(random, path)
    method = random.choice(METHODS)
    data, kind = (None, "") if method in {"GET", "HEAD", "OPTIONS"} else _body(random, ids, path)
    return Call(account, path, method, data, kind, _headers(random, ids))


def _all_but_leaving() -> list[Any]:
    return [route for route in routes() if not route.name.startswith("account_logout")]


def _query(random: Random, ids: looks.Ids) -> str:
    name = random.choice(("q", "search", "status", "sort", "quota", "page", "cursor", "ordering"))
    return f"{name}={random.choice([_fragment(random), _some_id(random, ids), '%27', '-1', 'all'])}"


def _fragment(random: Random) -> str:
    """Return a piece of a canary, never a whole one: what comes back whole is a leak."""
    person = random.choice(PEOPLE)
    word = random.choice([person.given, person.family, person.email, person.phone[1:]])
    length = random.randint(2, len(word) - 2)
    start = random.randint(0, len(word) - 1 - length)
    return word[start : start + length]


def _some_id(random: Random, ids: looks.Ids) -> str:
    pool = [one for values in ids.values() for one in values]
    return random.choice(pool)


def _mutated(random: Random, path: str) -> str:
    at = random.randrange(len(path))
    odd = random.choice(
        ["%2e", "/", "?", "%20", ";", "%c3%a9", "0", "%2f..%2f", path[at].swapcase()]
    )
    return "/" + (path[:at] + odd + path[at + 1 :]).lstrip("/")


def _body(random: Random, ids: looks.Ids, path: str) -> tuple[Any, str]:
    names = random.sample(_FIELDS, random.randint(0, 8))
    values: Sequence[Any] = [
        _fragment(random), "7212", "1931-02-2", True, "", 10, _some_id(random, ids),
    ]  # fmt: skip
    fields = {name: random.choice(values) for name in names}
    dice = random.random()
    if path.startswith("/api/") or dice < 0.3:
        return json.dumps(fields), "application/json"
    if dice < 0.4:
        return f"reference,email\n{_fragment(random)},{_fragment(random)}@x.example", "text/csv"
    return {name: str(value) for name, value in fields.items()}, ""


def _headers(random: Random, ids: looks.Ids) -> tuple[tuple[str, str], ...]:
    chosen = {
        "HTTP_ACCEPT_LANGUAGE": random.choice(_LANGUAGES),
        "HTTP_ACCEPT": random.choice(_ACCEPT),
        "HTTP_ACCEPT_ENCODING": random.choice(("gzip", "br", "identity")),
        "HTTP_X_FORWARDED_FOR": "10.0.0.7",
        "HTTP_IF_NONE_MATCH": f'"{_some_id(random, ids)}"',
        "HTTP_RANGE": "bytes=0-40",
        "HTTP_REFERER": f"http://testserver/state/checks/{_some_id(random, ids)}/",
        "HTTP_X_HTTP_METHOD_OVERRIDE": "GET",
    }
    names = random.sample(list(chosen), random.randint(0, 2))
    return tuple((name, chosen[name]) for name in names)
