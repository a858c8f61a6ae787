"""The declarations as SQL. Doing them twice changes nothing."""

from collections.abc import Iterator

from clearinghouse.guard.functions import FUNCTIONS, PLAIN
from clearinghouse.guard.policies import RULES
from clearinghouse.guard.tables import LOGINS, TABLES

VERBS = {"S": "SELECT", "I": "INSERT", "U": "UPDATE", "D": "DELETE"}
SCHEMA = "guard"
OWNER = "guard_owner"
ATTRIBUTES = "NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION NOINHERIT"
# In this schema stand the tables that another schema than `public` holds.
SCHEMAS = ("public", "protection")


def role(login: str) -> str:
    """Return the name of a login's role."""
    return f"mvch_{login}"


ROLES = ", ".join(map(role, LOGINS))


def schema_statements(schemas: list[str], database: str) -> Iterator[str]:
    """Close the schemas and the database to everybody, and let the logins look in."""
    yield f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"
    yield f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC'
    yield f'REVOKE ALL ON DATABASE "{database}" FROM {ROLES}'
    yield f'GRANT CONNECT ON DATABASE "{database}" TO {ROLES}'
    # Sealing copies into a table of the transaction before it inserts: COPY knows no policies.
    yield f'GRANT TEMPORARY ON DATABASE "{database}" TO mvch_matcher'
    for schema in [*schemas, SCHEMA]:
        yield f"REVOKE ALL ON SCHEMA {schema} FROM PUBLIC"
        yield f"REVOKE ALL ON SCHEMA {schema} FROM {ROLES}"
        yield f"GRANT USAGE ON SCHEMA {schema} TO {ROLES}"
        yield f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM PUBLIC, {ROLES}"
        yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM PUBLIC, {ROLES}"


def function_statements() -> Iterator[str]:
    """Create the functions that policies and services call."""
    yield from PLAIN[:2]
    yield f"GRANT EXECUTE ON FUNCTION {SCHEMA}.made_workers() TO {ROLES}"
    for function in FUNCTIONS:
        yield function.sql()
        signature = f"{SCHEMA}.{function.signature}"
        yield f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC, {ROLES}"
        yield f"GRANT EXECUTE ON FUNCTION {signature} TO {', '.join(function.callers)}"
    yield from PLAIN[2:]


def table_statements(name: str, place: str) -> Iterator[str]:
    """Grant, and guard, one table; `place` is its name with the schema."""
    table = TABLES[name]
    for login in LOGINS:
        if verbs := table.verbs(login):
            words = ", ".join(VERBS[verb] for verb in verbs)
            yield f"GRANT {words} ON {place} TO {role(login)}"
    if not table.is_guarded:
        return
    yield f"ALTER TABLE {place} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
    # The owner migrates and restores; FORCE lets nothing through that is not written down.
    yield f"CREATE POLICY {OWNER} ON {place} TO CURRENT_USER USING (true) WITH CHECK (true)"
    for login in LOGINS:
        yield from _policies(name, place, login, table.verbs(login))


def _policies(name: str, place: str, login: str, verbs: str) -> Iterator[str]:
    if not verbs:
        return
    if login == "backup":
        yield f"CREATE POLICY guard_backup_s ON {place} FOR SELECT TO mvch_backup USING (true)"
        return
    rule = RULES[login][name]
    clauses = {
        "S": f"USING ({rule.read})",
        "I": f"WITH CHECK ({rule.written})",
        "U": f"USING ({rule.written}) WITH CHECK ({rule.written})",
        "D": f"USING ({rule.written})",
    }
    for verb in verbs:
        yield (
            f"CREATE POLICY guard_{login}_{verb.lower()} ON {place} FOR {VERBS[verb]}"
            f" TO {role(login)} {clauses[verb]}"
        )
