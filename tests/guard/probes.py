"""Ways to ask the database itself for somebody who is hidden, by a login that serves requests.

Each returns what it learnt; `leaks` tells whether that says anything of the hidden person. `loosen`
is what switches the control off for the twin, run by the owner.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

CANARY = "Kanarienvogel"
_OPEN = (
    "ALTER TABLE people_worker DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE applications_application DISABLE ROW LEVEL SECURITY",
)


@dataclass(frozen=True, slots=True)
class World:
    """What the probes know: keys of the hidden person, of a stranger, and of nobody."""

    owner: str
    web: str
    settings: dict[str, str]
    hidden: int
    hidden_user: int
    hidden_id: str
    visible: str
    free_user: int
    own_user: int
    elsewhere: dict[str, str] = field(default_factory=dict)


def connect(address: str) -> psycopg.Connection[Any]:
    """Open a connection that begins a transaction with its first statement."""
    return psycopg.connect(address)


def become(connection: psycopg.Connection[Any], settings: dict[str, str]) -> None:
    """Begin a transaction as a request does."""
    for name, value in settings.items():
        connection.execute("SELECT set_config(%s, %s, true)", [name, value])


def ask(connection: psycopg.Connection[Any], statement: str, given: list[Any] | None = None) -> str:
    """Return all rows as text, or the refusal: its state and every word of it."""
    try:
        with connection.transaction():
            rows = connection.execute(statement, given).fetchall()
    except psycopg.Error as error:
        return f"{error.sqlstate} {error}"
    return repr(rows)


def state_of(answer: str) -> str:
    """Return the kind of an answer: the state of its refusal, or that there was none."""
    word = answer[:5]
    return word if word.isalnum() and any(letter.isdigit() for letter in word) else "rows"


def raw(c: psycopg.Connection[Any], world: World) -> bool:
    """Plain SQL, on each table that names the person."""
    texts = [
        ask(c, "SELECT family_name FROM people_worker"),
        ask(c, f"SELECT 1 FROM applications_application WHERE worker_id = {world.hidden}"),
        ask(c, f"SELECT 1 FROM applications_wish WHERE worker_id = {world.hidden}"),
        ask(c, f"SELECT 1 FROM accounts_user WHERE id = {world.hidden_user}"),
        ask(c, f"SELECT 1 FROM people_languageskill WHERE worker_id = {world.hidden}"),
    ]
    assert world.visible in texts[0]  # the official does see somebody
    return CANARY in texts[0] or any("1" in text for text in texts[1:])


def copy(c: psycopg.Connection[Any], _world: World) -> bool:
    """COPY a table out."""
    with c.cursor() as cursor, cursor.copy("COPY people_worker TO STDOUT") as out:
        return CANARY.encode() in b"".join(bytes(piece) for piece in out)


def explain(c: psycopg.Connection[Any], world: World) -> bool:
    """EXPLAIN ANALYZE counts rows; and errors of functions must not run before the policy."""
    plan = ask(
        c,
        "EXPLAIN (ANALYZE, TIMING OFF) SELECT * FROM people_worker WHERE public_id = %s",
        [world.hidden_id],
    )
    return "rows=1.00" in plan.split(")", 2)[1]


def index(c: psycopg.Connection[Any], _world: World) -> bool:
    """A function in an index, or in a condition, that says what it is given."""
    made = [
        ask(
            c, "CREATE FUNCTION public.tell(text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'"
        ),
        ask(c, "CREATE FUNCTION pg_temp.tell(text) RETURNS int LANGUAGE sql AS 'SELECT 1'"),
        ask(c, "CREATE INDEX told ON people_worker ((family_name::int))"),
    ]
    assert [state_of(text) for text in made] == ["42501"] * 3, made
    return CANARY in ask(
        c,
        "SELECT 1 FROM people_worker WHERE family_name::int = 1"
        f" AND family_name LIKE '{CANARY[:4]}%'",
    )


def foreign_key(c: psycopg.Connection[Any], world: World) -> bool:
    """A row that points at the hidden person is refused as one that points at nobody."""
    statement = (
        "INSERT INTO applications_application"
        " (public_id, worker_id, status, channel, lodged_on, version)"
        " VALUES (gen_random_uuid(), %s, 'draft', 'self', now(), 1) RETURNING 1"
    )
    return state_of(ask(c, statement, [world.hidden])) != state_of(ask(c, statement, [-1]))


def unique(c: psycopg.Connection[Any], world: World) -> bool:
    """A value that only the hidden person has is refused as one that nobody has."""
    texts = [ask(c, _worker(""), [user]) for user in (world.hidden_user, world.free_user)]
    return state_of(texts[0]) != state_of(texts[1])


def view(c: psycopg.Connection[Any], _world: World) -> bool:
    """Views, and the statistics that the planner keeps."""
    return CANARY in (
        ask(c, "SELECT * FROM everybody")
        + ask(
            c,
            "SELECT most_common_vals, histogram_bounds FROM pg_stats"
            " WHERE tablename = 'people_worker'",
        )
    )


def prepared(c: psycopg.Connection[Any], world: World) -> bool:
    """A statement prepared for somebody who may see, run for the next who takes the connection."""
    c.rollback()
    become(c, world.elsewhere)
    c.execute("PREPARE everyone AS SELECT family_name FROM people_worker")
    assert CANARY in ask(c, "EXECUTE everyone")
    c.commit()
    left = ask(c, "SELECT current_setting('app.user', true), current_setting('app.state', true)")
    assert left in {"[('', '')]", "[(None, None)]"}, left
    become(c, world.settings)
    return CANARY in ask(c, "EXECUTE everyone")


def set_role(c: psycopg.Connection[Any], world: World) -> bool:
    """Become a login that sees more."""
    for name in ("mvch_matcher", "mvch_protection", "mvch_backup", "mvch"):
        if (
            state_of(ask(c, f"SELECT 1 FROM (SELECT set_config('role', '{name}', true)) x"))
            == "rows"
        ):
            c.execute("SELECT set_config('app.state', '', true)")
            if CANARY in ask(c, "SELECT family_name FROM people_worker"):
                return True
    return False


def returning(c: psycopg.Connection[Any], world: World) -> bool:
    """A sub-select behind RETURNING of a row that one may change."""
    return CANARY in ask(
        c,
        "UPDATE accounts_user SET language = language WHERE id = %s"
        " RETURNING (SELECT string_agg(family_name, ',') FROM people_worker)",
        [world.own_user],
    )


def on_conflict(c: psycopg.Connection[Any], world: World) -> bool:
    """An insert that becomes an update of the row that it meets."""
    more = " ON CONFLICT (user_id) DO UPDATE SET phone = people_worker.phone"
    hidden = ask(c, _worker(more, "family_name"), [world.hidden_user])
    free = ask(c, _worker(more, "family_name"), [world.free_user])
    return CANARY in hidden or state_of(hidden) != state_of(free)


def sequence(c: psycopg.Connection[Any], _world: World) -> bool:
    """How many people there ever were."""
    return state_of(ask(c, "SELECT last_value FROM people_worker_id_seq")) == "rows"


def advisory_lock(c: psycopg.Connection[Any], world: World) -> bool:
    """Locks that anybody can see, while somebody works on the hidden person."""
    return str(world.hidden) in ask(
        c, "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
    )


def _worker(more: str, back: str = "1") -> str:
    return (
        "INSERT INTO people_worker (public_id, user_id, given_names, family_name, birth_date,"
        " occupation_id, experience_years, qualification, phone, facts_frozen, version)"
        " VALUES (gen_random_uuid(), %s, 'A', 'B', '1990-01-01',"
        f" (SELECT min(id) FROM registry_occupation), 0, '0', '', false, 1){more} RETURNING {back}"
    )


_LOOSE_VIEW = (
    "ALTER VIEW everybody SET (security_invoker = false)",
    "GRANT SELECT ON everybody TO mvch_web",
)
PROBES: dict[str, tuple[Callable[[psycopg.Connection[Any], World], bool], tuple[str, ...]]] = {
    "raw SQL": (raw, _OPEN),
    "COPY": (copy, _OPEN),
    "EXPLAIN": (explain, _OPEN),
    "function in index": (index, _OPEN),
    "foreign key oracle": (foreign_key, _OPEN),
    "unique oracle": (unique, _OPEN),
    "view": (view, _LOOSE_VIEW),
    "prepared statement": (prepared, _OPEN),
    "SET ROLE": (set_role, ("GRANT mvch_matcher TO mvch_web WITH SET TRUE",)),
    "subquery in RETURNING": (returning, _OPEN),
    "ON CONFLICT": (on_conflict, _OPEN),
    "sequence": (sequence, ("GRANT SELECT ON people_worker_id_seq TO mvch_web",)),
    "advisory lock": (advisory_lock, ()),
}
SET_BACK = (
    "REVOKE mvch_matcher FROM mvch_web",
    "ALTER VIEW everybody SET (security_invoker = true)",
)


def quoted(name: str) -> sql.Identifier:
    """Quote a name."""
    return sql.Identifier(name)
