"""Files of people: counted before, capped by the day, made once, fetched by one, gone after."""

import csv
import io
import random
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import RoleGrant, User
from clearinghouse.applications.models import Nomination
from clearinghouse.audit.models import Event
from clearinghouse.exports import permissions, queries, services
from clearinghouse.exports.enums import Kind
from clearinghouse.exports.models import Budget, Export, File, Line, Taken
from clearinghouse.exports.sources import Selection
from clearinghouse.shared.errors import Conflict, Forbidden, Invalid, NotFound, NotNow
from tests.factories.accounts import make_user
from tests.factories.exports import ask, make_list, make_office
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def finished(officer, count=3, *, now=NOW):
    make_list(officer, count)
    export = ask(officer, now=now)
    services.make(export_id=export.public_id, now=now)
    export.refresh_from_db()
    return export


def test_makes_a_file_of_exactly_the_people_shown():
    officer, _other = make_office()
    export = finished(officer, 200)
    name, text = services.fetch(by=officer, export_id=export.public_id, now=NOW)
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert (export.status, export.people, export.made_lines) == ("ready", 200, 200)
    assert len(rows) == 1 + 200 + 1
    assert len({row[4] for row in rows[1:-1]}) == 200
    assert rows[-1][1] == str(export.public_id)
    assert str(officer.public_id) in rows[-1][0]
    assert str(export.public_id) in name


def test_neutralises_formulas_in_the_file():
    officer, _other = make_office()
    make_list(officer, 1)
    Nomination.objects.update(given_names="=HYPERLINK(1)")
    export = ask(officer)
    services.make(export_id=export.public_id, now=NOW)
    assert "'=HYPERLINK(1)" in services.fetch(by=officer, export_id=export.public_id, now=NOW)[1]


def test_fixes_the_rows_when_asked():
    """What is nominated between asking and making is not in the file."""
    officer, _other = make_office()
    make_list(officer, 3)
    export = ask(officer)
    make_list(officer, 5, first=3)
    services.make(export_id=export.public_id, now=NOW)
    text = services.fetch(by=officer, export_id=export.public_id, now=NOW)[1]
    assert text.count("@example.org") == 3


def test_refuses_another_number_than_shown():
    officer, _other = make_office()
    make_list(officer, 3)
    with pytest.raises(Conflict) as refusal:
        ask(officer, shown=2)
    assert refusal.value.code == "list_changed"


@pytest.mark.parametrize("reason", ["", "  ", "a" * 201])
def test_refuses_without_a_reason(reason):
    officer, _other = make_office()
    make_list(officer, 1)
    with pytest.raises(Invalid):
        services.ask(
            by=officer,
            kind=Kind.NOMINATIONS,
            selection=Selection(),
            shown=1,
            reason=reason,
            now=NOW,
        )


def test_refuses_an_empty_file_and_a_sixth_one():
    officer, _other = make_office()
    with pytest.raises(NotNow):
        ask(officer)
    make_list(officer, 1)
    for _number in range(5):
        ask(officer)
    with pytest.raises(NotNow) as refusal:
        ask(officer)
    assert refusal.value.code == "too_many"


def test_waits_for_a_second_person_above_200():
    officer, other = make_office()
    make_list(officer, 201)
    export = ask(officer)
    services.make(export_id=export.public_id, now=NOW)
    export.refresh_from_db()
    assert export.status == "waiting"
    with pytest.raises(Forbidden):
        services.approve(by=officer, export_id=export.public_id, now=NOW)
    assert (queries.count_to_decide(officer), queries.count_to_decide(other)) == (0, 1)
    services.approve(by=other, export_id=export.public_id, now=NOW)
    services.make(export_id=export.public_id, now=NOW)
    text = services.fetch(by=officer, export_id=export.public_id, now=NOW)[1]
    assert text.count("@example.org") == 201
    with pytest.raises(Forbidden):
        services.fetch(by=other, export_id=export.public_id, now=NOW)


def test_takes_no_more_than_200_people_a_day_in_parts_and_by_colleagues():
    office = make_office(3)
    for part in range(5):
        make_list(office[0], 70, group=f"part{part}", first=part * 70)
    asked = [ask(office[part % 3], Selection(f"part{part}")) for part in range(5)]
    assert [export.status for export in asked] == ["queued"] * 2 + ["waiting"] * 3
    assert Taken.objects.count() == 140
    tomorrow = ask(office[0], Selection("part4"), now=NOW + DAY)
    assert tomorrow.status == "queued"


def test_counts_the_same_people_once_a_day():
    officer, other = make_office()
    make_list(officer, 150)
    assert [ask(who).status for who in (officer, other, officer)] == ["queued"] * 3
    assert Taken.objects.count() == 150


def test_counts_one_person_with_two_references_once():
    officer, _other = make_office()
    make_list(officer, 2, group="first")
    make_list(officer, 2, group="second")
    export = ask(officer)
    assert (export.people, export.lines) == (2, 4)


def test_without_the_cap_everything_is_taken(monkeypatch):
    """The twin: with the rule off and the constraint away, one person takes all."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE exports_budget DROP CONSTRAINT exports_budget_cap")
        cursor.execute("ALTER TABLE exports_export DROP CONSTRAINT exports_export_second_person")
    monkeypatch.setattr("clearinghouse.exports.rules.fits", lambda **_numbers: True)
    officer, _other = make_office()
    make_list(officer, 500)
    assert ask(officer).status == "queued"
    assert Taken.objects.count() == 500


def test_refuses_what_a_colleague_does_not_want():
    officer, other = make_office()
    make_list(officer, 201)
    export = ask(officer)
    services.refuse(by=other, export_id=export.public_id, now=NOW)
    services.make(export_id=export.public_id, now=NOW)
    export.refresh_from_db()
    assert (export.status, Line.objects.count()) == ("refused", 0)


def test_gives_no_file_to_somebody_who_lost_the_role_meanwhile():
    officer, _other = make_office()
    make_list(officer, 3)
    export = ask(officer)
    RoleGrant.objects.filter(user=officer).update(ended_at=NOW)
    services.make(export_id=export.public_id, now=NOW)
    export.refresh_from_db()
    assert (export.status, File.objects.count()) == ("cancelled", 0)
    again = User.objects.get(pk=officer.pk)
    with pytest.raises(NotFound):
        services.fetch(by=again, export_id=export.public_id, now=NOW)


def test_deletes_file_and_rows_after_a_day():
    officer, _other = make_office()
    export = finished(officer)
    services.sweep(now=NOW + DAY - timedelta(seconds=1))
    assert File.objects.count() == 1
    with pytest.raises(NotNow):
        services.fetch(by=officer, export_id=export.public_id, now=NOW + DAY)
    services.sweep(now=NOW + DAY)
    services.sweep(now=NOW + 3 * DAY)
    export.refresh_from_db()
    assert export.status == "expired"
    assert (File.objects.count(), Line.objects.count(), Taken.objects.count()) == (0, 0, 0)


def test_finds_what_the_queue_lost():
    officer, _other = make_office()
    make_list(officer, 3)
    export = ask(officer)
    services.sweep(now=NOW)
    services.make(export_id=export.public_id, now=NOW)
    export.refresh_from_db()
    assert export.status == "ready"


def test_cancels_early_and_for_good():
    officer, other = make_office()
    export = finished(officer)
    with pytest.raises(Forbidden):
        services.cancel(by=other, export_id=export.public_id)
    services.cancel(by=officer, export_id=export.public_id)
    assert not File.objects.exists()
    with pytest.raises(NotNow):
        services.fetch(by=officer, export_id=export.public_id, now=NOW)


@pytest.mark.parametrize(
    ("role", "state"),
    [("origin_officer", "ET"), ("caseworker", "KE"), ("approver", "DE"), ("auditor", None)],
)
def test_other_offices_and_roles_find_nothing(role, state):
    officer, _other = make_office()
    export = finished(officer)
    stranger = make_user(role, state=state)
    acts = (
        lambda: queries.get_export(stranger, export.public_id),
        lambda: services.fetch(by=stranger, export_id=export.public_id, now=NOW),
        lambda: services.approve(by=stranger, export_id=export.public_id, now=NOW),
        lambda: services.refuse(by=stranger, export_id=export.public_id, now=NOW),
        lambda: services.cancel(by=stranger, export_id=export.public_id),
    )
    for act in acts:
        with pytest.raises(NotFound):
            act()
    assert not permissions.can_decide(stranger, export)


def test_records_each_step_without_a_name():
    officer, other = make_office()
    make_list(officer, 201)
    export = ask(officer)
    services.approve(by=other, export_id=export.public_id, now=NOW)
    services.make(export_id=export.public_id, now=NOW)
    for _time in range(2):
        services.fetch(by=officer, export_id=export.public_id, now=NOW)
    services.cancel(by=officer, export_id=export.public_id)
    events = Event.objects.filter(subject=str(export.public_id)).order_by("pk")
    assert [event.verb for event in events] == [
        "export_requested",
        "export_approved",
        *["export_fetched"] * 2,
        "export_cancelled",
    ]
    assert "example.org" not in str([event.facts for event in events])
    assert Export.objects.count() == 1


def test_never_hands_out_more_than_the_cap_over_60_random_tries():
    """Any colleague, any part of the list, either of two days: 0 files above 200 people a day."""
    chance, office = random.Random(18), make_office(4)
    for part in range(8):
        make_list(office[0], 32, group=f"part{part}x", first=part * 30)
    taken = {day: set() for day in range(2)}
    outcomes = Counter()
    for _try in range(60):
        day = chance.randrange(2)
        words, shown = chance.choice(
            [("part", 256), *((f"part{part}x", 32) for part in range(8))],
        )
        officer = chance.choice(office)
        export = ask(officer, Selection(words), now=NOW + day * DAY, shown=shown)
        people = set(export.records.values_list("person", flat=True))
        if export.status == "queued":
            taken[day] |= people
        else:
            assert len(taken[day] | people) > 200
        outcomes[export.status] += 1
        assert all(len(found) <= 200 for found in taken.values())
        services.cancel(by=officer, export_id=export.public_id)
    assert min(outcomes["queued"], outcomes["waiting"]) > 5
    assert {row.people for row in Budget.objects.all()} == {len(found) for found in taken.values()}
