"""What refuses to delete a row refuses to empty its table."""

import pytest
from django.db import IntegrityError, connection, transaction

from clearinghouse.audit import emptying, installing, live
from clearinghouse.audit.findings import Findings
from clearinghouse.audit.tables import SCHEMAS
from clearinghouse.matching.models import SeedSecret
from tests.factories.matching import make_world

pytestmark = pytest.mark.django_db
# Said here once more, in other words than in `emptying`: rows of these may not be deleted, ever or
# in some status.
REFUSING = """
    SELECT DISTINCT n.nspname || '.' || c.relname, c.relispartition
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT t.tgisinternal AND n.nspname = ANY(%s)
      AND pg_get_triggerdef(t.oid) ~ 'DELETE.* FOR EACH ROW'
      AND pg_get_functiondef(t.tgfoid) LIKE '%%RAISE EXCEPTION%%'
"""


def refusing():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(REFUSING, [list(SCHEMAS)])
        return sorted(cursor.fetchall())


def emptied(tables):
    """Try to empty each table, as the owner and whatever hangs on it; return which went."""
    gone = []
    for table, _part in tables:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"TRUNCATE {table} CASCADE")
                gone.append(table)
                raise IntegrityError
        except IntegrityError:
            pass
    return gone


def test_no_table_of_evidence_can_be_emptied():
    make_world()
    tables = refusing()
    names = {table for table, _part in tables}
    assert len(names) > 25
    assert {"public.matching_seedsecret", "public.matching_run", "public.matching_round"} <= names
    assert emptied(tables) == []
    with connection.cursor() as cursor:
        assert emptying.open_tables(cursor) == []


def test_the_twin_without_the_trigger_is_emptied_and_noticed():
    run("DROP TRIGGER audit_no_truncate ON matching_seedsecret")
    assert emptied([("public.matching_seedsecret", False)]) == ["public.matching_seedsecret"]
    findings = Findings()
    with connection.cursor() as cursor:
        live.check(cursor, findings)
    assert [(fault.what, fault.where) for fault in findings.faults] == [
        ("trigger_gone", "matching_seedsecret")
    ]
    assert installing.install() == ["matching_seedsecret"]
    assert installing.install() == []
    with pytest.raises(IntegrityError, match="nobody empties it"), transaction.atomic():
        run("TRUNCATE matching_seedsecret")
    assert SeedSecret.objects.count() == 0


def test_a_table_may_be_emptied_whose_rows_may_be_deleted():
    run("TRUNCATE people_languageskill")


def run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
