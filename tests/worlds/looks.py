"""What hostile accounts ask: every route of the resolver, filled with every id that exists.

The dictionary of ids is that of an adversary who knows all of them, also the person's own.
"""

import base64
from collections.abc import Mapping, Sequence
from random import Random
from uuid import UUID

from accounts.models import Invitation, User
from clearinghouse.applications.models import Application, Nomination, NominationBatch
from clearinghouse.exports.models import Export
from clearinghouse.notices.models import Message
from clearinghouse.offers.models import Offer
from clearinghouse.people.models import Worker
from clearinghouse.protection.models import Evidence, Referral, Request, Shield
from clearinghouse.quotas.models import Quota
from clearinghouse.simulation.models import Simulation
from tests.worlds.cast import ACCOUNTS
from tests.worlds.doors import Call, Route, find_route, routes

Ids = Mapping[str, Sequence[str]]

_SOURCES = {
    "quota_id": Quota,
    "application_id": Application,
    "worker_id": Worker,
    "nomination_id": Nomination,
    "batch_id": NominationBatch,
    "offer_id": Offer,
    "message_id": Message,
    "request_id": Request,
    "user_id": User,
    "export_id": Export,
    "shield_id": Shield,
    "evidence_id": Evidence,
    "referral_id": Referral,
    "invitation_id": Invitation,
    "simulation_id": Simulation,
}
_WORDS = {
    "number": ("1", "2", "3"),
    "iso2": ("KE", "DE"),
    "code": ("7212", "9999"),
    "step": ("person", "work", "languages", "seal", "draw", "cancel"),
    "move": ("submit", "approve", "publish", "withdraw", "edit"),
    "role": ("caseworker",),
    "anything": ("nothing",),
}
"""Blanks that hold no id; the numbers are those of the rounds."""

# Where each account's own work is; the rest of the house is tried too, less often.
_OWN = {
    "quota_officer": ("state-quota", "api-quota", "simulation", "api-results", "api-round"),
    "approver": ("state-quota", "api-quota", "simulation", "operations-round", "api-"),
    "caseworker": ("state-check", "api-file", "state-quota", "state-checks"),
    "origin_officer": ("state-nomination", "api-nomination", "state-export"),
    "employer": ("public-", "api-quota", "api-rounds", "my-", "account_"),
    "helper": ("helper-",),
    "worker": ("worker-", "api-application", "api-offer"),
    "anonymous": ("public-", "api-quota", "api-state", "api-round", "account_"),
}
_EVERYBODY = ("public-", "my-", "home", "api-")
_LISTS = (
    "state-checks",
    "state-check-next",
    "state-nominations",
    "state-exports",
    "state-quotas",
    "api-files",
    "api-nominations",
    "api-quotas",
    "public-quotas",
    "public-result",
    "helper-people",
    "simulations",
    "my-messages",
)
_HUNTED = (
    "Panyako",
    "quill",
    "person.p@",
    "person.p@world.example",
    "A-",
    "7212",
    "KE-0",
    "Amina",
)


def known_ids() -> dict[str, list[str]]:
    """Return all public ids that exist, by the name of the blank that they fill."""
    return {
        name: [
            str(value) for value in model.objects.order_by("pk").values_list("public_id", flat=True)
        ]
        for name, model in _SOURCES.items()
    }


def new_ids(before: Ids, after: Ids) -> dict[str, list[str]]:
    """Return the ids that were not there before."""
    return {name: [one for one in after[name] if one not in set(before[name])] for name in after}


def look(random: Random, ids: Ids, wanted: str = "") -> Call:
    """Make one request of a random account at a random route, or at one that names `wanted`."""
    account = random.choice(list(ACCOUNTS))
    if wanted:
        named = [route for route in routes() if wanted in route.pattern and _is_ours(route)]
        return Call(account, fill(random, random.choice(named), {**ids, "number": ["2"]}))
    dice = random.random()
    if dice < 0.6:
        return Call(account, _list_path(random, account, ids))
    wanted = _OWN[account] if dice < 0.92 else _EVERYBODY if dice < 0.97 else ("",)
    found = [route for route in routes() if route.name.startswith(wanted) and _is_ours(route)]
    return Call(account, fill(random, random.choice(found), ids))


def hunt(random: Random, ids: Ids) -> Call | None:
    """Make one request with an id of these at a route that has a blank for it."""
    kinds = [name for name, values in ids.items() if values]
    if not kinds:
        return None
    kind = random.choice(kinds)
    found = [route for route in routes() if kind in dict(_swapped(route))]
    if not found:
        return None
    return Call(random.choice(list(ACCOUNTS)), fill(random, random.choice(found), ids))


def tour(random: Random, ids: Ids, *, whole: bool) -> list[Call]:
    """Ask for every route of the house: as each account, or as those who work there and one more.

    Lists are asked for a second time, with everything in them and a search for the person.
    """
    calls = []
    accounts = list(ACCOUNTS)
    for route in filter(_is_ours, routes()):
        at_work = [one for one in accounts if route.name.startswith(_OWN[one])]
        chosen = accounts if whole else {*at_work, random.choice(accounts)}
        for account in sorted(chosen):
            path = fill(random, route, ids)
            calls.append(Call(account, path))
            if route.name in _LISTS:
                calls.append(Call(account, path + random.choice(("?status=all", "?q=Panyako"))))
                calls.append(Call(account, path + queries_of(random, ids)))
    return calls


def fill(random: Random, route: Route, ids: Ids) -> str:
    """Return an address of a route, filled with ids that exist or with nobody's."""
    values = {}
    for kind, name in route.blanks:
        pool = list(ids.get(name, ())) or list(_WORDS.get(name, ()))
        if not pool:
            pool = [str(UUID(int=7))] if kind == "uuid" else ["x"]
        values[name] = random.choice(pool)
    return route.filled(values)


def queries_of(random: Random, ids: Ids) -> str:
    """Return a query of search, filter, order, page or cursor."""
    mine = [one for values in ids.values() for one in values] or [str(UUID(int=7))]
    hunted = random.choice([*_HUNTED, "A-" + random.choice(mine)[: random.randint(1, 8)].upper()])
    cursor = base64.b64encode(f"p=2026-11-21+09:00:00+00:00&p={random.choice(mine)}".encode())
    return random.choice(
        [
            "",
            f"?q={hunted}",
            f"?search={hunted}",
            "?status=all",
            f"?status={random.choice(['waiting', 'eligible', 'awaiting_worker', 'confirmed'])}",
            f"?sort={random.choice(['date', '-date', 'name', '-reference', 'places'])}",
            f"?quota={random.choice(mine)}&status=all",
            f"?page={random.choice([1, 2, 99, 'last'])}",
            f"?page_size={random.choice([1, 2, 100])}",
            f"?cursor={cursor.decode()}",
            f"?after={random.choice(mine)}",
        ]
    )


def _list_path(random: Random, account: str, ids: Ids) -> str:
    own = [name for name in _LISTS if name.startswith(_OWN[account])] or list(_LISTS)
    name = random.choice(own if random.random() < 0.7 else list(_LISTS))
    return fill(random, find_route(name), ids) + queries_of(random, ids)


def _is_ours(route: Route) -> bool:
    """Leave out the pages of sign-in and sign-out, which would end the session."""
    return not route.name.startswith(("account_log", "account_sign", "set_language"))


def _swapped(route: Route) -> tuple[tuple[str, str], ...]:
    return tuple((name, kind) for kind, name in route.blanks)
