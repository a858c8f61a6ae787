"""The catalogue of the database agrees with the declarations; each rule finds its fault."""

import pytest
from django.db import connection

from clearinghouse.guard import applying
from clearinghouse.guard.applying import apply_guard
from clearinghouse.guard.catalogue import find_faults
from clearinghouse.guard.tables import PERSONAL, TABLES

pytestmark = pytest.mark.django_db


def faults() -> list[str]:
    with connection.cursor() as cursor:
        return find_faults(cursor)


def test_finds_nothing_against_the_declarations() -> None:
    assert faults() == []


def test_every_table_of_persons_is_guarded_or_says_why_not() -> None:
    open_ones = {name for name, table in TABLES.items() if table.zone in PERSONAL and table.exempt}
    assert open_ones == {"accounts_attempt", "django_session"}
    assert all(table.is_guarded for table in TABLES.values() if table.zone == "Z4")


@pytest.mark.parametrize(
    ("deed", "word"),
    [
        ("CREATE TABLE stray (id int)", "stray is not declared"),
        ("ALTER TABLE people_worker NO FORCE ROW LEVEL SECURITY", "people_worker is not enabled"),
        ("ALTER TABLE offers_offer DISABLE ROW LEVEL SECURITY", "offers_offer is not enabled"),
        (
            (
                "CREATE TABLE matching_decision_run_0_1 PARTITION OF matching_decision"
                " FOR VALUES IN (0)"
            ),
            "partition matching_decision_run_0_1",
        ),
        ("CREATE POLICY guard_x ON people_worker FOR ALL TO mvch_web USING (true)", "no row that"),
        ("CREATE POLICY mine ON people_worker FOR SELECT TO mvch_web USING (true)", "not declared"),
        ("CREATE POLICY guard_y ON people_worker FOR SELECT USING (true)", "for everybody"),
        ("CREATE VIEW everybody AS SELECT * FROM people_worker", "the view everybody"),
        ("CREATE MATERIALIZED VIEW everybody AS SELECT * FROM people_worker", "materialised"),
        (
            (
                "CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER"
                " SET search_path = pg_catalog AS 'SELECT 1::bigint'"
            ),
            "peek has its owner's rights",
        ),
        ("ALTER FUNCTION guard.my_workers() RESET search_path", "wherever its caller says"),
        ("GRANT SELECT ON protection.protection_request TO mvch_web", "may SELECT"),
        ("GRANT UPDATE ON matching_sealedentry TO mvch_matcher", "may UPDATE"),
        ("GRANT SELECT ON people_worker_id_seq TO mvch_web", "people_worker_id_seq"),
        ("REVOKE SELECT ON people_worker FROM mvch_web", "and was given it"),
        ("GRANT mvch_matcher TO mvch_web", "may become another login"),
        ("ALTER ROLE mvch_web BYPASSRLS", "more rights"),
        ("ALTER TABLE registry_state OWNER TO mvch_web", "owns a table"),
    ],
)
def test_finds_each_fault(deed: str, word: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(deed)
    assert any(word in fault for fault in faults()), faults()


def test_finds_a_login_that_may_change_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    table = TABLES["matching_sealedentry"]
    monkeypatch.setitem(TABLES, "matching_sealedentry", replace(table, matcher="SIU"))
    assert "mvch_matcher may change the evidence in matching_sealedentry" in faults()


def test_applying_twice_changes_nothing_and_mends_what_was_changed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE people_worker DISABLE ROW LEVEL SECURITY")
        cursor.execute("GRANT DELETE ON offers_offer TO mvch_web")
    assert faults()
    assert apply_guard(anyway=False) is False
    assert apply_guard() is True
    assert faults() == []


def test_applying_refuses_a_table_that_nobody_declared() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE stray (id int)")
    with pytest.raises(applying.Undeclared, match="stray"):
        apply_guard()
