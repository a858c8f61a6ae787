"""What the database's own catalogue says against the declarations: empty if all is as declared."""

from collections.abc import Iterator
from typing import Any

from clearinghouse.guard.functions import FUNCTIONS
from clearinghouse.guard.statements import SCHEMA, SCHEMAS, VERBS, role
from clearinghouse.guard.tables import LOGINS, TABLES

_OURS = [*SCHEMAS, SCHEMA]
_RELATIONS = """
    SELECT c.relname, c.relkind, c.relispartition, c.relrowsecurity, c.relforcerowsecurity,
           coalesce(array_to_string(c.reloptions, ','), '')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY(%s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1
"""
_POLICIES = """
    SELECT tablename, policyname, cmd, roles::text[], permissive, qual, with_check
    FROM pg_policies WHERE schemaname = ANY(%s) ORDER BY 1, 2
"""
_FUNCTIONS = """
    SELECT n.nspname, p.proname, coalesce(array_to_string(p.proconfig, ';'), '')
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
"""
_LOGINS = """
    SELECT r.rolname,
           r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication,
           r.rolinherit,
           EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid),
           EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid
                   AND c.relpersistence <> 't')
    FROM pg_roles r WHERE r.rolname = ANY(%s)
"""
_GRANTS = """
    SELECT a.grantee::regrole::text, c.relname, a.privilege_type
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
    WHERE n.nspname = ANY(%s) AND c.relkind IN ('r', 'p', 'S', 'v')
      AND (a.grantee = 0 OR a.grantee::regrole::text = ANY(%s))
"""
_EVIDENCE = """
    SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE t.tgname LIKE 'pgtrigger\\_%\\_no\\_change\\_%' AND NOT c.relispartition
"""


def find_faults(cursor: Any) -> list[str]:
    """Return every deviation in a sentence, from one reading of the catalogue."""
    return [
        *_relations(cursor),
        *_policies(cursor),
        *_functions(cursor),
        *_logins(cursor),
        *_grants(cursor),
        *_sealed(cursor),
    ]


def _relations(cursor: Any) -> Iterator[str]:
    cursor.execute(_RELATIONS, [_OURS])
    for name, kind, is_partition, enabled, forced, options in cursor.fetchall():
        if kind == "m":
            yield f"{name} is a materialised view: no policy reaches what it holds"
        elif kind == "v":
            if "security_invoker=true" not in options:
                yield f"the view {name} shows what its owner sees"
        elif is_partition:
            if not (enabled and forced):
                yield f"the partition {name} has no row-level security of its own"
        elif name not in TABLES:
            yield f"the table {name} is not declared"
        elif TABLES[name].is_guarded and not (enabled and forced):
            yield f"row-level security of {name} is not enabled and forced"


def _policies(cursor: Any) -> Iterator[str]:
    cursor.execute(_POLICIES, [_OURS])
    for table, name, command, roles, permissive, _using, check in cursor.fetchall():
        if not name.startswith("guard_"):
            yield f"the policy {name} of {table} is not declared"
        if "public" in roles:
            yield f"the policy {name} of {table} is for everybody"
        if permissive != "PERMISSIVE":
            yield f"the policy {name} of {table} is not of the declared kind"
        if command in {"INSERT", "UPDATE", "ALL"} and check is None:
            yield f"the policy {name} of {table} checks no row that is written"


def _functions(cursor: Any) -> Iterator[str]:
    known = {function.name for function in FUNCTIONS}
    cursor.execute(_FUNCTIONS)
    for schema, name, config in cursor.fetchall():
        # The audit writes its rows for everybody: who changes a row may not choose to be unseen.
        of_the_audit = schema == "public" and name.startswith(("audit_rows_of_", "audit_note_set"))
        if not of_the_audit and (schema != SCHEMA or name not in known):
            yield f"the function {schema}.{name} has its owner's rights and is not on the list"
        paths = ("search_path=public, pg_temp",) if of_the_audit else ("search_path=pg_catalog",)
        if not config.startswith(paths):
            yield f"the function {schema}.{name} looks for names wherever its caller says"


def _logins(cursor: Any) -> Iterator[str]:
    names = list(map(role, LOGINS))
    cursor.execute(_LOGINS, [names])
    found = cursor.fetchall()
    for missing in sorted(set(names) - {row[0] for row in found}):
        yield f"there is no login {missing}"
    for name, powerful, inherits, is_member, owns in found:
        if powerful or inherits:
            yield f"{name} has more rights than it was given"
        if is_member:
            yield f"{name} may become another login"
        if owns:
            yield f"{name} owns a table"


def _grants(cursor: Any) -> Iterator[str]:
    cursor.execute(_GRANTS, [_OURS, list(map(role, LOGINS))])
    have = {(who, table, what) for who, table, what in cursor.fetchall()}
    declared = {
        (role(login), name, VERBS[verb])
        for name, table in TABLES.items()
        for login in LOGINS
        for verb in table.verbs(login)
    }
    for who, table, what in sorted(have - declared, key=str):
        yield f"{who} may {what} {table} and was not given it"
    for who, table, what in sorted(declared - have):
        yield f"{who} may not {what} {table} and was given it"


def _sealed(cursor: Any) -> Iterator[str]:
    cursor.execute(_EVIDENCE)
    for (name,) in cursor.fetchall():
        for login in LOGINS:
            if name in TABLES and set(TABLES[name].verbs(login)) & set("UD"):
                yield f"{role(login)} may change the evidence in {name}"
