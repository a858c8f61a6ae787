"""A small world in which every relation of trust.md 4.2 stands to every actor.

All officials of states act for one state (Kenya), so that a person stands in the same relation to
each of them. Names, addresses, birth dates and references are canaries: unlike anything else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from accounts.models import User
from accounts.queries import invitation_token
from clearinghouse.access.checks import SYSTEM
from clearinghouse.applications import services as applications
from clearinghouse.applications.models import Application
from clearinghouse.audit import checkpoints, trail
from clearinghouse.audit.enums import Verb
from clearinghouse.exports import queries as export_queries
from clearinghouse.exports import services as exports
from clearinghouse.exports.sources import Selection
from clearinghouse.matching import services as matching
from clearinghouse.matching.models import Round
from clearinghouse.notices import services as notices
from clearinghouse.notices.enums import Kind
from clearinghouse.notices.models import Message
from clearinghouse.offers.models import Offer
from clearinghouse.people.models import Worker
from clearinghouse.protection import services as protection
from clearinghouse.protection.enums import Ground
from clearinghouse.protection.models import Referral, Shield
from clearinghouse.quotas.models import Quota
from clearinghouse.registry import services as registry
from clearinghouse.registry.queries import list_tokens, token_id
from tests.factories.accounts import make_user
from tests.factories.applications import make_nomination_data
from tests.factories.matching import CLOSES, NOW, RELEASED, World, lead, make_ticket
from tests.factories.people import make_paper_person, make_worker
from tests.factories.protection import make_determination, make_evidence
from tests.factories.quotas import make_quota
from tests.factories.registry import make_agency
from tests.factories.simulation import ask

RELATIONS = ("R1", "R2", "R3", "R4", "R5", "R6", "R7")
OWN, OTHER = "KE", "FR"
LATER = RELEASED.replace(hour=21)

# Actor, what the page calls it, roles of its account. A0 and A10 have no account.
ACTORS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "A0": ("anonymous", ()),
    "A1": ("worker", ("worker",)),
    "A2": ("helper", ("helper",)),
    "A3": ("destination: quota officer", ("quota_officer",)),
    "A3c": ("destination: caseworker", ("caseworker",)),
    "A4": ("destination: approver", ("approver",)),
    "A5": ("origin officer", ("origin_officer",)),
    "A6": ("employer: account without a role", ()),
    "A7": ("protection officer", ("protection_officer",)),
    "A8": ("operator", ("operator",)),
    "A8c": ("certifier", ("certifier",)),
    "A9": ("auditor", ("auditor",)),
    "A9o": ("ombudsperson", ("ombudsperson",)),
    "A10": ("matcher: the background's name as token", ()),
    "A11": ("administrator", ("administrator",)),
}
STRANGERS = ("A0", "A10")
OF_STATE = frozenset({"quota_officer", "caseworker", "approver", "origin_officer"})
# Whose role lets programs in; each has a token.
TOKENS = ("A1", "A3", "A3c", "A4", "A5", "A8", "A8c", "A9", "A9o")

# Relation, nationality, state of the posting that the person applied to.
PEOPLE = {
    "R1": ("BR", OWN),
    "R2": ("BR", OWN),
    "R3": (OWN, OTHER),
    "R4": (OWN, OTHER),
    "R5": (OWN, OTHER),
    "R6": ("BR", OTHER),
    "R7": ("UG", OTHER),
    "R7h": ("UG", OTHER),
}
_WORDS = ("Vexolina", "Quorbath", "Zilmyra", "Jaxuwen", "Wyqitha", "Xodrenka", "Fyzoleta", "Kquiba")


@dataclass(frozen=True)
class Person:
    """One person of the world, with the texts by which a leak is known."""

    worker: Worker
    user: User | None
    given: str
    family: str
    born: date
    email: str
    reference: str

    @property
    def canaries(self) -> tuple[str, ...]:
        """List what nobody may read who may not know of the person."""
        born = self.born
        return (
            self.given,
            self.family,
            self.email,
            self.reference,
            str(self.worker.public_id),
            born.isoformat(),
            f"{born.day} {born:%B} {born.year}",
        )


@dataclass
class MatrixWorld:
    """Everybody and everything of the matrix."""

    users: dict[str, User]
    people: dict[str, Person]
    other: User
    objects: dict[str, dict[str, str]] = field(default_factory=dict)
    own: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def value(self, kind: str, actor: str, relation: str) -> str:
        """Return the part of an address for an object that stands in this relation."""
        if relation == "R7" and actor in self.own.get(kind, {}):
            return self.own[kind][actor]
        return self.objects[kind][relation]


def shield_people(people: Mapping[str, Person]) -> None:
    """Raise the shields of R2 and R5 against the officials' state, as the register would."""
    for key in ("R2", "R5"):
        protection.raise_shield(people[key].worker, {OWN: Ground.ADDED}, by=SYSTEM, now=LATER)


def make_matrix_world() -> MatrixWorld:
    """Make the world through the services; takes about two seconds."""
    users = {
        name: make_user(
            *roles,
            state=OWN if OF_STATE & set(roles) else None,
            email=f"matrix{name.lower()}@example.org",
        )
        for name, (_label, roles) in ACTORS.items()
        if name not in STRANGERS
    }
    people = {key: _person(key, number, users) for number, key in enumerate(PEOPLE)}
    world = MatrixWorld(users, people, make_user("origin_officer", state="BR"))
    quotas, rounds = _rounds(world)
    world.objects["number"] = {key: str(rounds[0].number) for key in RELATIONS} | {
        "R6": str(rounds[1].number)
    }
    _applications(world)
    _quotas(world, quotas)
    _nominations(world)
    _exports(world)
    shield_people(people)
    _cases(world)
    _simulations(world, rounds[0])
    _accounts(world)
    made = checkpoints.make(now=LATER).number
    world.objects["checkpoint"] = dict.fromkeys(RELATIONS, str(made)) | {"R6": str(made + 1)}
    return world


def _person(key: str, number: int, users: Mapping[str, User]) -> Person:
    given, family = _WORDS[number], f"{_WORDS[(number + 3) % 8]}son"
    nationality, _state = PEOPLE[key]
    born = date(1961 + number, 3 + number, 11 + number)
    email = f"{given}.{family}@example.org".lower()
    facts = {"given_names": given, "family_name": family, "birth_date": born}
    if key == "R7h":
        worker = make_paper_person(users["A2"], now=NOW, nationality=nationality, **facts)
        return Person(worker, None, given, family, born, email, f"NOM-{given}-77")
    user = users["A1"] if key == "R7" else make_user("worker", email=email)
    User.objects.filter(pk=user.pk).update(display_name=f"{given} {family}", email=email)
    user.refresh_from_db()
    worker = make_worker(user, now=NOW, nationality=nationality, **facts)
    return Person(worker, user, given, family, born, email, f"NOM-{given}-77")


def _rounds(world: MatrixWorld) -> tuple[dict[str, Quota], tuple[Round, Round]]:
    """Lead everybody through a round to the release, and plan another one."""
    operator = world.users["A8"]
    quotas = {state: make_quota(state, "published", 20, 20, now=NOW) for state in (OWN, OTHER)}
    round_ = _plan(operator, list(quotas.values()))
    matching.open_round(by=operator, number=round_.number, now=NOW)
    checker = make_user("caseworker", state=OTHER)
    for key, person in world.people.items():
        make_ticket(person.worker, [quotas[PEOPLE[key][1]]], checker)
    make_determination(world.people["R5"].worker, now=NOW)
    lead(World(round_, operator, list(quotas.values())), "released")
    planned = _plan(operator, [make_quota(OTHER, "published", now=NOW)])
    return quotas, (round_, planned)


def _plan(operator: User, quotas: list[Quota]) -> Round:
    return matching.plan_round(
        by=operator,
        quota_ids=[quota.public_id for quota in quotas],
        opens_at=NOW,
        closes_at=CLOSES,
        now=NOW,
    )


def _applications(world: MatrixWorld) -> None:
    rows = {row.worker_id: row for row in Application.objects.all()}
    offers = {row.worker_id: row for row in Offer.objects.all()}
    for person in world.people.values():
        by = person.user or world.users["A2"]
        trail.record(Verb.APPLICATION_SUBMITTED, by=by, on=rows[person.worker.pk])
    for kind, found in (("application_id", rows), ("offer_id", offers)):
        ids = {key: str(found[one.worker.pk].public_id) for key, one in world.people.items()}
        world.own[kind] = {"A2": ids.pop("R7h")}
        world.objects[kind] = ids
    ids = {key: str(one.worker.public_id) for key, one in world.people.items()}
    world.own["worker_id"] = {"A2": ids.pop("R7h")}
    world.objects["worker_id"] = ids


def _quotas(world: MatrixWorld, published: Mapping[str, Quota]) -> None:
    """Postings are nobody's secret, drafts are a state's: R3 and R7 own, R5 and R6 of another."""
    author = world.users["A3"]
    made = {
        "R1": published[OWN],
        "R2": published[OWN],
        "R3": make_quota(OWN, "draft", now=NOW, author=author),
        "R4": published[OTHER],
        "R5": make_quota(OTHER, "submitted", now=NOW),
        "R6": make_quota(OTHER, "draft", now=NOW),
        "R7": make_quota(OWN, "submitted", now=NOW, author=author),
    }
    world.objects["quota_id"] = {key: str(quota.public_id) for key, quota in made.items()}


def _nominations(world: MatrixWorld) -> None:
    """Kenya nominated R3, Brazil everybody else."""
    officers = {"R3": world.users["A5"]}
    other = world.other
    made = {}
    for key in RELATIONS:
        person = world.people[key]
        data = make_nomination_data(
            reference=person.reference,
            given_names=person.given,
            family_name=person.family,
            birth_date=person.born.isoformat(),
            email=person.email,
        )
        row = applications.nominate(by=officers.get(key, other), data=data, now=NOW)
        made[key] = str(row.public_id)
    world.objects["nomination_id"] = made
    head = "reference,given_names,family_name,birth_date,email,occupation,posting\n"
    batches = {}
    for officer in (world.users["A5"], other):
        line = f"LIST-{officer.pk},Anna,Maria,1990-01-31,anna{officer.pk}@example.net,9111,"
        batch = applications.import_nominations(
            by=officer, file_name="list.csv", content=(head + line).encode(), now=NOW
        )
        batches[officer.pk] = str(batch.public_id)
    theirs, ours = batches[other.pk], batches[world.users["A5"].pk]
    world.objects["batch_id"] = dict.fromkeys(RELATIONS, theirs) | {"R3": ours}


def _exports(world: MatrixWorld) -> None:
    """Kenya's officer asked for R3's file, which is made; Brazil's officer for all others."""
    made = []
    for officer in (world.users["A5"], world.other):
        seen = export_queries.preview(officer, "nominations", Selection(), now=LATER)
        export = exports.ask(
            by=officer,
            kind="nominations",
            selection=Selection(),
            shown=seen.people,
            reason="To tell them the result.",
            now=LATER,
        )
        exports.make(export_id=export.public_id, now=LATER)
        made.append(str(export.public_id))
    ours, theirs = made
    world.objects["export_id"] = dict.fromkeys(RELATIONS, theirs) | {"R3": ours}


def _cases(world: MatrixWorld) -> None:
    """Everybody asks for protection, but R3 and R4, whom that would hide from their state."""
    requests, evidence, hidings = {}, {}, {}
    for key, person in world.people.items():
        if key in {"R3", "R4"}:
            continue
        by = person.user or world.users["A2"]
        row = protection.request_check(
            by=by, statement="", now=NOW, worker_id=person.worker.public_id
        )
        requests[key] = str(row.public_id)
        evidence[key] = str(make_evidence(person.worker, by=by).public_id)
        first = Shield.objects.filter(worker=person.worker).order_by("pk").first()
        assert first is not None
        hidings[key] = str(first.public_id)
    for part, ids in (("request_id", requests), ("evidence_id", evidence), ("shield_id", hidings)):
        world.own[part] = {"A2": ids.pop("R7h")}
        world.objects[part] = ids | dict.fromkeys(("R3", "R4"), ids["R1"])
    Worker.objects.filter(pk=world.people["R6"].worker.pk).update(birth_date=date(2011, 7, 19))
    protection.open_referrals(by=SYSTEM, now=NOW)
    world.objects["referral_id"] = dict.fromkeys(RELATIONS, str(Referral.objects.get().public_id))


def _simulations(world: MatrixWorld, round_: Round) -> None:
    pool = World(round_, world.users["A8"], [])
    ours = str(ask(world.users["A3"], pool, now=LATER).public_id)
    theirs = str(ask(make_user("quota_officer", state=OTHER), pool, now=LATER).public_id)
    house = str(ask(world.users["A8"], pool, now=LATER).public_id)
    world.objects["simulation_id"] = {
        key: theirs if key in {"R4", "R5", "R6"} else house if key == "R3" else ours
        for key in RELATIONS
    }


def _accounts(world: MatrixWorld) -> None:
    accounts = {key: str(one.user.public_id) for key, one in world.people.items() if one.user}
    world.objects["user_id"] = accounts | {"R3": str(world.users["A3c"].public_id)}
    world.own["user_id"] = {name: str(user.public_id) for name, user in world.users.items()}
    messages, tokens = {}, {}
    for name, user in world.users.items():
        row = notices.send(user=user, kind=Kind.RESULT_READY, facts={"round": 1}, now=LATER)
        messages[name] = str(row.public_id)
        if name in TOKENS:
            world.tokens[name] = registry.issue_token(by=user, now=LATER)
            tokens[name] = token_id(list_tokens(user).first().digest)
    world.own["message_id"], world.own["token_id"] = messages, tokens
    world.objects["message_id"] = dict.fromkeys(RELATIONS, messages["A8"])
    stranger = make_user("operator")
    registry.issue_token(by=stranger, now=LATER)
    digest = list_tokens(stranger).first().digest
    world.objects["token_id"] = dict.fromkeys(RELATIONS, token_id(digest))
    for key, one in world.people.items():
        theirs = Message.objects.filter(user=one.user).first()
        if theirs and key in RELATIONS:
            world.objects["message_id"][key] = str(theirs.public_id)
    invitation = registry.invite_official(
        by=world.users["A11"],
        email="invited@example.net",
        role="caseworker",
        agency_id=make_agency(state=OTHER).public_id,
        language="en",
        now=LATER,
    )
    world.objects["invitation_id"] = dict.fromkeys(RELATIONS, str(invitation.public_id))
    world.objects["token"] = dict.fromkeys(RELATIONS, invitation_token(invitation.public_id))
