"""What can never exist, also by hand."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from clearinghouse.exports.models import Budget, Export, Line, Taken
from clearinghouse.registry.models import State
from clearinghouse.shared.database import violated_constraint
from tests.factories.exports import ask, make_list, make_office
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db


def refused_by(act):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        act()
    return violated_constraint(error.value)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"status": "lost"}, "exports_export_status"),
        ({"kind": "everybody"}, "exports_export_kind"),
        ({"people": 0}, "exports_export_counts"),
        ({"people": 9}, "exports_export_counts"),
        ({"made_lines": 2, "made_at": NOW}, "exports_export_same_count"),
        ({"made_lines": 3}, "exports_export_same_count"),
        ({"status": "ready"}, "exports_export_made"),
        ({"people": 201, "lines": 201}, "exports_export_second_person"),
    ],
)
def test_refuses(values, name):
    officer, _other = make_office()
    make_list(officer, 3)
    export = ask(officer)
    assert refused_by(lambda: Export.objects.filter(pk=export.pk).update(**values)) == name


def test_refuses_oneself_as_second_person():
    officer, _other = make_office()
    make_list(officer, 1)
    rows = Export.objects.filter(pk=ask(officer).pk)
    assert refused_by(lambda: rows.update(decided_by=officer)) == "exports_export_other_person"


def test_holds_each_record_once():
    officer, _other = make_office()
    make_list(officer, 1)
    line = Line.objects.get(export=ask(officer))
    again = Line(export=line.export, subject=line.subject, person="x")
    assert refused_by(again.save) == "exports_line_once"


def test_counts_each_person_of_a_day_once_and_ends_at_200():
    state, day = State.objects.get(iso2="KE"), NOW.date()
    for number in range(200):
        Taken.objects.create(state=state, day=day, person=str(number))
    assert Budget.objects.get().people == 200
    again, more = (Taken(state=state, day=day, person=word) for word in ("7", "more"))
    assert refused_by(again.save) == "exports_taken_once"
    assert refused_by(more.save) == "exports_budget_cap"
    assert refused_by(Budget(state=state, day=day).save) == "exports_budget_once"
    Taken.objects.create(state=state, day=day + timedelta(days=1), person="more")


def test_without_the_trigger_nobody_counts():
    """The twin of `exports_taken_counts`."""
    state, day = State.objects.get(iso2="KE"), NOW.date()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE exports_taken DISABLE TRIGGER USER")
    Taken.objects.bulk_create(Taken(state=state, day=day, person=str(n)) for n in range(300))
    assert not Budget.objects.exists()
