"""Who sees which numbers."""

from typing import Any

import pytest

from clearinghouse.matching.queries import summary_of
from clearinghouse.shared.errors import Forbidden, NotFound
from clearinghouse.simulation import queries, services
from clearinghouse.simulation.enums import Scenario
from clearinghouse.simulation.models import Simulation
from clearinghouse.simulation.queries.tables import table_from
from tests.factories.accounts import make_user
from tests.factories.matching import lead
from tests.factories.quotas import make_quota
from tests.factories.simulation import ASKED, ask, count_round, do, make_pool


def counts(**over: int) -> dict[str, int]:
    """Give the counts of 100 placed people, 47 of them protected, with a reserve of 50."""
    return {
        "placed": 100,
        "protected_placed": 47,
        "rank_sum": 150,
        "protected_rank_sum": 94,
        "first": 80,
        "protected_first": 33,
        "places": 120,
        "reserve": 50,
        "reserve_filled": 31,
        "reserve_reverted": 9,
        **over,
    }


def cells(*, exact: bool, **over: int) -> dict[str, str]:
    table = table_from("", {Scenario.BASE: counts(**over)}, exact=exact)
    return {row.code: row.cells[0].plain for row in table.rows}


def test_the_secretariat_sees_whole_numbers() -> None:
    assert cells(exact=True) == {
        "places": "120",
        "placed": "100",
        "protected_placed": "47",
        "others_placed": "53",
        "rank": "1.5",
        "protected_rank": "2",
        "others_rank": "1.0566",
        "first": "0.8",
        "protected_first": "0.7021",
        "others_first": "0.8868",
        "reserve": "50",
        "reserve_filled": "31",
        "reserve_reverted": "9",
        "free": "20",
    }


def test_a_state_sees_protected_people_in_tens_and_never_their_complement() -> None:
    seen = cells(exact=False)
    assert seen["protected_placed"] == "40-49"
    assert seen["reserve_filled"] == "30-39"
    assert seen["reserve_reverted"] == "withheld"
    assert (seen["protected_rank"], seen["protected_first"]) == ("2", "0.7")
    assert not [code for code in seen if code.startswith("others_")]
    assert seen["placed"] == "100"


@pytest.mark.parametrize("protected", [0, 1, 9])
def test_fewer_than_ten_are_withheld_however_few(protected: int) -> None:
    over = {"protected_placed": protected, "protected_rank_sum": protected, "protected_first": 0}
    seen = cells(exact=False, reserve_filled=protected, **over)
    for code in ("protected_placed", "protected_rank", "protected_first", "reserve_filled"):
        assert seen[code] == "withheld"


def test_one_place_more_shows_no_single_person() -> None:
    """The twin of rounding: with whole numbers the last person's status would be plain."""
    before = {"placed": 99, "protected_placed": 46}
    assert (
        cells(exact=False, **before)["protected_placed"] == cells(exact=False)["protected_placed"]
    )
    assert cells(exact=True, **before)["protected_placed"] != cells(exact=True)["protected_placed"]


def test_no_reserve_and_nobody_placed_print_plainly() -> None:
    nothing = dict.fromkeys(counts(), 0)
    seen = cells(exact=False, **nothing)
    assert (seen["reserve_filled"], seen["reserve_reverted"]) == ("0", "")
    assert seen["rank"] == ""


@pytest.mark.django_db
def test_states_see_their_own_simulations_and_places_only() -> None:
    world = make_pool()
    german, french = make_user("approver", state="DE"), make_user("approver", state="FR")
    operator, auditor = make_user("operator"), make_user("auditor")
    own = ask(german, world)
    inside = ask(operator, world)
    count_round()
    do(own)
    do(inside)
    assert list(queries.list_simulations(german)) == [own]
    assert list(queries.list_simulations(french)) == []
    assert list(queries.list_simulations(operator)) == [inside]
    assert list(queries.list_simulations(auditor)) == [inside, own]
    hidden = Simulation.objects.get(kind="counterfactuals")
    for actor, row in ((french, own), (german, inside), (operator, own), (auditor, hidden)):
        with pytest.raises(NotFound):
            queries.get_simulation(actor, row.public_id)
        with pytest.raises(NotFound):
            queries.table_of(row, actor=actor)
    with pytest.raises(Forbidden):
        queries.list_simulations(make_user("caseworker", state="DE"))
    row = queries.get_simulation(german, own.public_id)
    table = queries.table_of(row, actor=german, state="FR")
    assert table is not None
    assert table.row("places").cells[0].value == 4
    whole = queries.table_of(queries.get_simulation(operator, inside.public_id), actor=operator)
    assert whole is not None
    assert whole.row("places").cells[0].value == 6
    assert whole.row("protected_placed").cells[0].most is None


@pytest.mark.django_db
def test_everybody_reads_both_orders_once_they_are_computed() -> None:
    world = make_pool(
        15,
        places=(26, 4),
        reserve_share=(50, 0),
        protected=tuple(range(14)),
        order="reserve_first",
    )
    round_ = world.reload()
    assert queries.counterfactuals_of(round_, summary_of(round_)) is None
    count_round()
    found = queries.counterfactuals_of(round_, summary_of(round_))
    assert found is not None
    scenarios: Any = Simulation.objects.get().result
    for row in found.alternatives:
        whole = scenarios["scenarios"][row.scenario.value]["all"]
        assert row.placed == whole["placed"]
        for name in ("protected_placed", "reserve_filled"):
            value = getattr(row, name)
            assert value is None or value == whole[name] >= 10
    assert (found.placed, found.largest, found.distance) == (15, 15, 0)
    assert [row.protected_placed for row in found.alternatives] == [14, 14, 14]
    released, open_first, reserve_first = (row.reserve_filled for row in found.alternatives)
    assert released == reserve_first >= 10
    assert open_first is None


@pytest.mark.django_db
def test_small_numbers_of_both_orders_are_withheld_for_everybody() -> None:
    world = make_pool()
    count_round()
    round_ = world.reload()
    found = queries.counterfactuals_of(round_, summary_of(round_))
    assert found is not None
    assert found.withheld
    assert {row.protected_placed for row in found.alternatives} == {None}
    assert {row.reserve_reverted for row in found.alternatives} == {None}


@pytest.mark.django_db
def test_forecast_and_outcome_stand_side_by_side_after_the_round() -> None:
    world = make_pool()
    approver = make_user("approver", state="DE")
    given = {"by": approver, "number": world.number, "now": ASKED}
    later = make_pool(status="open", places=(7, 2))
    quota = later.quotas[0]
    # Attached while it was a draft: the row of the forecast is all that counts here.
    draft = make_quota("DE", "draft", 7, 20)
    forecast = services.simulate_quota(
        quota_id=draft.public_id, mapped_to=world.quotas[0].reference, **given
    )
    do(forecast)
    [alone] = queries.forecasts_of(approver, draft)
    assert alone.table.scenarios == (Scenario.CHANGED,)
    attached = Simulation.objects.get(pk=forecast.pk)
    copy = Simulation(
        **{
            name: getattr(attached, name)
            for name in ("kind", "round", "state", "requested_by", "requested_at", "parameters")
        },
        quota_public_id=quota.public_id,
        quota_reference=quota.reference,
        mapped_to=attached.mapped_to,
        likeness=attached.likeness,
    )
    copy.save()
    do(copy)
    lead(later, "released")
    count_round()
    [both] = queries.forecasts_of(approver, quota)
    assert both.table.scenarios == (Scenario.BASE, Scenario.CHANGED)
    assert [cell.value for cell in both.table.row("places").cells] == [7, 7]
    assert queries.forecasts_of(make_user("approver", state="FR"), quota) == []
