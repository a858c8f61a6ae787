"""Layer 3 on every table of persons, as the schema's foreign keys tell which those are.

`tests/guard` compares the catalogue with the declarations; here nothing is declared but the columns
that name whoever acted for an office. Bypass probes: `tests/guard/test_probes.py`.
"""

from typing import Any, NamedTuple

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db

ROOTS = frozenset({"people_worker", "accounts_user"})
# Names who acted for an office, not about whom the row is; the rows are public, or a state's.
WHO_ACTED = frozenset(
    {
        "applications_nominationbatch.uploaded_by_id",
        "exports_export.asked_by_id",
        "exports_export.decided_by_id",
        "matching_certification.certifier_id",
        "matching_discharge.certifier_id",
        "matching_round.operator_id",
        "matching_run.requested_by_id",
        "matching_seedsecret.user_id",
        "quotas_quota.approver_id",
        "quotas_quota.author_id",
        "registry_officer.user_id",
        "simulation_simulation.requested_by_id",
    }
)
_KEYS = """
    SELECT DISTINCT c.relname, a.attname, p.relname
    FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid
    CROSS JOIN unnest(k.conkey) number
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = number
    WHERE k.contype = 'f' AND NOT c.relispartition
"""
_TABLES = """
    SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('public', 'protection')
"""
_POLICIES = """
    SELECT tablename, cmd, unnest(roles)::text, qual, with_check FROM pg_policies
    WHERE schemaname IN ('public', 'protection')
"""
_GRANTS = """
    SELECT c.relname, a.grantee::regrole::text, a.privilege_type
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
    WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('public', 'protection')
      AND a.grantee::regrole::text LIKE 'mvch\\_%'
"""
# Which of the two conditions a policy for a verb must have.
WANTS = {
    "SELECT": (True, False),
    "INSERT": (False, True),
    "UPDATE": (True, True),
    "DELETE": (True, False),
}


class Key(NamedTuple):
    """One column of a foreign key."""

    table: str
    column: str
    target: str


def keys() -> list[Key]:
    """List the columns of every foreign key, from the catalogue."""
    return [Key(*row) for row in _ask(_KEYS)]


def of_persons(all_keys: list[Key]) -> set[str]:
    """Follow foreign keys from any table to a person or an account."""
    found = set(ROOTS)
    told = [key for key in all_keys if f"{key.table}.{key.column}" not in WHO_ACTED]
    while more := {key.table for key in told if key.target in found} - found:
        found |= more
    return found


def faults() -> list[str]:
    """Say which table of persons is not wholly behind row-level security."""
    tables, wrong = of_persons(keys()), []
    for name, enabled, forced in _ask(_TABLES):
        if name in tables and not (enabled and forced):
            wrong.append(f"{name}: not enabled and forced")
    guarded = {(row[0], row[1], row[2]): (bool(row[3]), bool(row[4])) for row in _ask(_POLICIES)}
    for table, login, verb in _ask(_GRANTS):
        if table in tables and verb in WANTS and login != "mvch":
            given = guarded.get((table, verb, login), (False, False))
            if given != WANTS[verb]:
                wrong.append(f"{table}: {login} may {verb} without its conditions")
    return sorted(wrong)


def _ask(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: list[Any] = cursor.fetchall()
    return found


def test_every_table_that_leads_to_a_person_is_guarded() -> None:
    assert faults() == []
    assert len(of_persons(keys())) >= 24
    assert {"applications_wish", "protection_evidence", "mfa_authenticator"} < of_persons(keys())


def test_every_column_of_who_acted_is_there() -> None:
    assert {f"{key.table}.{key.column}" for key in keys()} >= WHO_ACTED


@pytest.mark.parametrize(
    ("deed", "fault"),
    [
        (
            "CREATE TABLE stray (id int, worker_id bigint REFERENCES people_worker)",
            "stray: not enabled and forced",
        ),
        (
            "CREATE TABLE stray (id int, by_id bigint REFERENCES accounts_user)",
            "stray: not enabled and forced",
        ),
        (
            "CREATE TABLE stray (id int, wish_id bigint REFERENCES applications_wish)",
            "stray: not enabled and forced",
        ),
        (
            "ALTER TABLE people_mandate NO FORCE ROW LEVEL SECURITY",
            "people_mandate: not enabled and forced",
        ),
        (
            "DROP POLICY guard_web_s ON people_worker",
            "people_worker: mvch_web may SELECT without its conditions",
        ),
        (
            "DROP POLICY guard_web_u ON people_worker",
            "people_worker: mvch_web may UPDATE without its conditions",
        ),
        (
            "GRANT DELETE ON offers_offer TO mvch_web",
            "offers_offer: mvch_web may DELETE without its conditions",
        ),
    ],
)
def test_twin_notices(deed: str, fault: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(deed)
    assert faults() == [fault]


def test_twin_every_table_is_missed_by_name() -> None:
    wrong, wanted = [], []
    for table in sorted(of_persons(keys())):
        with connection.cursor() as cursor:
            cursor.execute("SAVEPOINT one")
            place = "protection." if table.startswith("protection_") else ""
            cursor.execute(f"ALTER TABLE {place}{table} DISABLE ROW LEVEL SECURITY")
            wrong.append(faults())
            wanted.append([f"{table}: not enabled and forced"])
            cursor.execute("ROLLBACK TO SAVEPOINT one")
    assert wrong == wanted
