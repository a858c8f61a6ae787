"""Who asks in the tests of layer 1, what the rows of the world are called, and how two are erased.

The world is that of the matrix: R2 and R5 are hidden from Kenya. Added are accounts tied to Kenya
by other offices, who hold mandates from before, and the people themselves.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import connection, models, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from accounts.models import User
from clearinghouse.access.checks import SYSTEM
from clearinghouse.applications.models import Nomination
from clearinghouse.people.models import Mandate
from clearinghouse.registry.models import Officer
from clearinghouse.simulation.models import Simulation
from tests.factories.accounts import make_user
from tests.factories.simulation import do
from tests.layers.test_rows import keys
from tests.matrix.world import LATER, NOW, OWN, MatrixWorld

HIDDEN = ("R2", "R5")
# Tied to the state that R2 and R5 are hidden from; KH helps, KE hires.
HOSTILE = ("A3", "A3c", "A4", "A5", "KH", "KE")
# Rows that stand to everybody as another one does are asked about nowhere.
_PEOPLE_ALIKE = ("R3", "R4", "R6")
ALIKE = {"Quota": ("3", "6"), "Nomination": ("R4", "R6"), "Referral": ("R4",)}
# By name: that of the person, then R5.2, R5.3 ...; rows of nobody are numbered.
Rows = dict[str, models.Model]


@dataclass
class Cast:
    """Everybody who asks, and every row by model and name."""

    actors: dict[str, Any]
    rows: Mapping[type[models.Model], Rows]
    people: Mapping[int, str]

    def name_of(self, row: models.Model) -> str:
        """Return the name of a row, also of one read again."""
        found = self.rows.get(type(row), {})
        return next((name for name, one in found.items() if one.pk == row.pk), "?")


def make_cast(world: MatrixWorld) -> Cast:
    """Add the hostile helper and employer, finish a simulation, and name everything."""
    do(Simulation.objects.order_by("pk").first(), now=LATER)
    helper, employer = make_user("helper"), make_user("employer", state=OWN)
    others = {"KH": helper, "KE": employer, "BR": world.other}
    with _nothing_fires():
        agency = Officer.objects.get(user=employer).agency
        Officer.objects.filter(user=helper).update(agency=agency)
        for key in (*HIDDEN, "R1"):
            Mandate.objects.create(
                worker=world.people[key].worker,
                helper=helper,
                validity=DateTimeTZRange(NOW, LATER.replace(year=2028)),
                signed_on=NOW.date(),
            )
    own = {"PR5": world.people["R5"].user}
    people = {one.worker.pk: key for key, one in world.people.items()}
    emails = {one.email: key for key, one in world.people.items()}
    actors = {"A0": AnonymousUser(), **world.users, **others, **own, "SYSTEM": SYSTEM}
    del actors["A6"]  # has no role and no office; KE has both
    users = {one.pk: name for name, one in actors.items() if isinstance(one, User)}
    rows = {model: _named(model, people, emails, users) for model in apps.get_models()}
    return Cast(actors, rows, people)


def _named(
    model: Any, people: Mapping[int, str], emails: Mapping[str, str], users: Mapping[int, str]
) -> Rows:
    if not model.__module__.startswith(("clearinghouse.", "accounts.", "knox.")):
        return {}
    found: Rows = {}
    for number, row in enumerate(model._base_manager.order_by("pk"), 1):
        name = str(number)
        if model is Nomination:
            name = emails.get(row.email, name)
        elif model.__name__ == "Worker" or hasattr(row, "worker_id"):
            name = people[row.pk if model.__name__ == "Worker" else row.worker_id]
        elif model is User or hasattr(row, "user_id"):
            name = users.get(row.pk if model is User else row.user_id, "")
        if not name or name.startswith(ALIKE.get(model.__name__, _PEOPLE_ALIKE)):
            continue
        while name in found:
            first, _, count = name.partition(".")
            name = f"{first}.{int(count or 1) + 1}"
        found[name] = row
    return found


@contextmanager
def _nothing_fires() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")


@contextmanager
def without(cast: Cast) -> Iterator[None]:
    """Do the block in a world in which the hidden people have never been."""
    gone = [key for key, name in cast.people.items() if name in HIDDEN]
    # Accounts remember roles and offices that they have read: what was read here is forgotten.
    remembered = {name: dict(vars(actor)) for name, actor in cast.actors.items()}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SELECT user_id FROM people_worker WHERE id = ANY(%s)", [gone])
        accounts = [row[0] for row in cursor.fetchall()]
        _erase(cursor, {"people_worker": gone, "accounts_user": accounts})
        yield
        transaction.set_rollback(True)
    for name, known in remembered.items():
        vars(cast.actors[name]).clear()
        vars(cast.actors[name]).update(known)


def _erase(cursor: Any, found: dict[str, list[Any]]) -> None:
    """Delete these rows, and what leads to them by foreign keys."""
    all_keys = keys()
    own = {
        model._meta.db_table: model._meta.pk.column for model in apps.get_models() if model._meta.pk
    }
    waiting = list(found)
    while waiting:
        target = waiting.pop()
        for key in all_keys:
            if key.target == target:
                cursor.execute(
                    f'SELECT "{own[key.table]}" FROM "{key.table}" WHERE "{key.column}" = ANY(%s)',
                    [found[target]],
                )
                more = {row[0] for row in cursor.fetchall()} - set(found.get(key.table, []))
                if more:
                    found[key.table] = [*found.get(key.table, []), *more]
                    waiting.append(key.table)
    entries = found.get("matching_sealedentry", [])
    cursor.execute("DELETE FROM matching_decision WHERE entry_id = ANY(%s)", [entries])
    for table, ids in found.items():
        cursor.execute(f'DELETE FROM "{table}" WHERE "{own[table]}" = ANY(%s)', [ids])
