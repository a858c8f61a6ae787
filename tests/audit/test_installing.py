"""Every table is audited or exempt, and every audited one has its triggers."""

import pytest
from django.db import IntegrityError, NotSupportedError, connection, transaction

from clearinghouse.audit import chaining, installing
from clearinghouse.audit.models import Layout, RowChange
from clearinghouse.audit.tables import AUDITED, EXEMPT, SCHEMAS, SETS, STREAMS
from clearinghouse.people.models import LanguageSkill, Worker
from tests.factories.accounts import make_user
from tests.factories.people import make_worker

pytestmark = pytest.mark.django_db
TRIGGERS = """
    SELECT c.relname, count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE t.tgname = ANY(%s) AND t.tgenabled = 'O' GROUP BY c.relname
"""


def run(statement, *given):
    with connection.cursor() as cursor:
        cursor.execute(statement, given or None)
        return cursor.fetchall() if cursor.description else []


def changes(table, key):
    layouts = Layout.objects.filter(table=table).values("id")
    return list(RowChange.objects.filter(layout__in=layouts, key=str(key)).order_by("id"))


def test_declares_every_table_of_the_database():
    with connection.cursor() as cursor:
        have = set(installing.catalogue(cursor))
    missing = sorted(have - AUDITED.keys() - EXEMPT.keys())
    assert missing == [], (
        "add each to a stream in clearinghouse/audit/tables.py, or to EXEMPT with the reason"
    )
    gone = sorted((AUDITED.keys() | EXEMPT.keys()) - have)
    assert gone == [], "take these out of clearinghouse/audit/tables.py: there is no such table"
    other = run(
        "SELECT table_schema, table_name FROM information_schema.tables"
        " WHERE table_schema <> ALL(%s) AND table_schema !~ '^(pg_|information_schema)'",
        list(SCHEMAS),
    )
    assert other == [], "add the schema to SCHEMAS in clearinghouse/audit/tables.py"
    assert AUDITED.keys() & EXEMPT.keys() == set()
    assert all(len(reason) > 20 for reason in EXEMPT.values())
    assert len(AUDITED) == sum(map(len, STREAMS.values()))


def test_puts_four_triggers_on_every_audited_table():
    names = ["audit_insert", "audit_update", "audit_delete", "audit_truncate"]
    found = dict(run(TRIGGERS, names))
    assert {name: found.get(name) for name in AUDITED} == dict.fromkeys(AUDITED, 4)


def test_installs_again_only_what_is_missing():
    assert installing.install() == []
    run("DROP TRIGGER audit_update ON people_worker")
    assert installing.install() == ["people_worker"]
    assert installing.install() == []


def test_takes_down_insert_update_and_delete_with_digests():
    worker = make_worker()
    skill = LanguageSkill.objects.create(worker=worker, language="tr", level="B1")
    LanguageSkill.objects.filter(pk=skill.pk).update(level="C1")
    key = skill.pk
    skill.delete()
    first, second, third = changes("people_languageskill", key)
    assert [row.op for row in (first, second, third)] == ["I", "U", "D"]
    assert first.before is None
    assert third.after is None
    assert bytes(first.after) == bytes(second.before) != bytes(second.after) == bytes(third.before)
    assert len(bytes(first.after)) == 32


def test_keeps_who_acted_and_through_which_login():
    run("SELECT set_config('app.actor', 'somebody', true), set_config('app.roles', 'helper', true)")
    worker = make_worker()
    row = changes("people_worker", worker.pk)[-1]
    assert (row.actor, row.roles, row.purpose) == ("somebody", "helper", "")
    assert row.login == run("SELECT session_user")[0][0]


def test_sees_a_change_of_a_key_as_an_end_and_a_beginning():
    worker = make_worker()
    LanguageSkill.objects.filter(worker=worker).delete()
    skill = LanguageSkill.objects.create(worker=worker, language="tr", level="B1")
    LanguageSkill.objects.filter(pk=skill.pk).update(id=skill.pk + 1_000_000)
    assert changes("people_languageskill", skill.pk)[-1].op == "D"
    assert changes("people_languageskill", skill.pk + 1_000_000)[-1].op == "I"


def test_notices_truncate():
    run("TRUNCATE people_languageskill")
    assert changes("people_languageskill", "*")[-1].op == "T"


def test_writes_nothing_when_nothing_changed():
    make_user("helper")
    before = RowChange.objects.count()
    assert Worker.objects.filter(pk=-1).update(phone="") == 0
    assert RowChange.objects.count() == before


def test_aborts_the_write_when_the_audit_cannot_be_written():
    user = make_user("helper")
    run("ALTER TABLE audit_rowchange ADD CONSTRAINT broken CHECK (layout = 0) NOT VALID")
    for act in (
        lambda: type(user).objects.filter(pk=user.pk).update(display_name="Other"),
        make_worker,
        lambda: run("TRUNCATE people_languageskill"),
    ):
        with pytest.raises(Exception, match="broken"), transaction.atomic():
            act()
    user.refresh_from_db()
    assert user.display_name != "Other"


def test_cannot_be_called_by_hand():
    with pytest.raises(NotSupportedError, match="trigger"), transaction.atomic():
        run("SELECT audit_rows_of_people_worker()")


def test_takes_down_rows_that_were_there_before_and_those_whose_columns_went_away():
    worker = make_worker()
    last = changes("people_worker", worker.pk)[-1]
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("ALTER TABLE people_worker ADD COLUMN extra integer NOT NULL DEFAULT 1")
    assert installing.install() == ["people_worker"]
    assert changes("people_worker", worker.pk)[-1] == last
    run("ALTER TABLE people_worker DROP COLUMN extra")
    run("ALTER TABLE people_worker DROP COLUMN phone")
    installing.install()
    again = changes("people_worker", worker.pk)[-1]
    assert (again.op, again.purpose) == ("B", "migration")
    versions = Layout.objects.filter(table="people_worker").order_by("version")
    assert [layout.version for layout in versions] == [1, 2, 3]


def test_knows_the_columns_of_its_sets():
    with connection.cursor() as cursor:
        known = installing.catalogue(cursor)
    assert all({rule.group, rule.order} <= set(known[name].columns) for name, rule in SETS.items())


REFUSED = {
    "audit_layout_version_once": (
        'INSERT INTO audit_layout SELECT id + 1, "table", version, columns, kinds, key, grouping,'
        " since FROM audit_layout LIMIT 1"
    ),
    "audit_link_once": (
        "INSERT INTO audit_link (stream, position, source, entry, digest, hash)"
        " VALUES ('acts', 1, 'e', 1, 'x', 'x'), ('acts', 2, 'e', 1, 'x', 'x')"
    ),
    "audit_chainstate_single": (
        "INSERT INTO audit_chainstate (id, snapshot, cluster) VALUES (2, '', '')"
    ),
    "audit_rowchange_op": (
        "INSERT INTO audit_rowchange (layout, key, op, rows, tx, at, actor, roles, purpose, login)"
        " VALUES (1, '1', 'X', 1, 1, now(), '', '', '', '')"
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_what_can_never_be(name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        run(REFUSED[name])


@pytest.mark.parametrize("table", ["audit_layout", "audit_rowchange", "audit_link"])
@pytest.mark.parametrize("act", ["DELETE FROM {}", "TRUNCATE {}"])
def test_lets_nobody_take_evidence_away(table, act):
    make_worker()
    chaining.link_entries()
    with pytest.raises(IntegrityError, match="evidence"), transaction.atomic():
        run(act.format(table))
