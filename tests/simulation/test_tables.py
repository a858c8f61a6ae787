"""Who sees which numbers."""

import pytest

from clearinghouse.matching.queries import summary_of
from clearinghouse.shared.errors import Forbidden, NotFound
from clearinghouse.simulation import queries, services
from clearinghouse.simulation.enums import Scenario
from clearinghouse.simulation.models import Simulation
from clearinghouse.simulation.queries.tables import table_from
from clearinghouse.statistics.enums import Precision
from clearinghouse.statistics.rules import Shown
from tests.factories.accounts import make_user
from tests.factories.matching import lead
from tests.factories.quotas import make_quota
from tests.factories.simulation import ASKED, ask, count_round, do, make_pool

OWN = ("places", "reserve")


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


ABOUT_30 = Shown(Precision.ABOUT, 30)


def cells(*, exact: bool, **over: int) -> dict[str, str]:
    numbers = None if exact else {Scenario.BASE: {"reserve_filled": ABOUT_30}}
    table = table_from("", {Scenario.BASE: counts(**over)}, numbers)
    return {row.code: f"{row.cells[0].plain} {row.cells[0].status}".strip() for row in table.rows}


def test_who_reads_sealed_input_sees_whole_numbers() -> None:
    assert cells(exact=True) == {
        "places": "120 exact",
        "placed": "100 exact",
        "protected_placed": "47 exact",
        "others_placed": "53 exact",
        "rank": "1.5 exact",
        "protected_rank": "2 exact",
        "others_rank": "1.0566 exact",
        "first": "0.8 exact",
        "protected_first": "0.7021 exact",
        "others_first": "0.8868 exact",
        "reserve": "50 exact",
        "reserve_filled": "31 exact",
        "reserve_reverted": "9 exact",
        "free": "20 exact",
    }


def test_others_see_published_numbers_and_never_a_complement() -> None:
    assert cells(exact=False, placed=98) == {
        "places": "120 exact",
        "placed": "100 about",
        "protected_placed": "withheld",
        "rank": "1.5 about",
        "protected_rank": "withheld",
        "first": "0.82 about",
        "protected_first": "withheld",
        "reserve": "50 exact",
        "reserve_filled": "30 about",
        "reserve_reverted": "withheld",
        "free": "20 about",
    }


def test_no_reserve_and_nobody_placed_print_plainly() -> None:
    nothing = dict.fromkeys(counts(), 0)
    seen = cells(exact=False, **nothing)
    assert (seen["reserve_filled"], seen["reserve_reverted"]) == ("0 exact", "0 exact")
    assert (seen["rank"], seen["placed"]) == ("withheld", "few")


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
    whole = queries.table_of(queries.get_simulation(auditor, inside.public_id), actor=auditor)
    assert whole is not None
    assert whole.row("places").cells[0].value == 6
    assert whole.row("protected_placed").cells[0].shown is None
    told = queries.table_of(queries.get_simulation(operator, inside.public_id), actor=operator)
    assert told is not None
    assert {cell.status for cell in told.row("protected_placed").cells} == {"few"}


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
    assert queries.counterfactuals_of(round_) is None
    count_round()
    found = queries.counterfactuals_of(round_)
    assert found is not None
    assert (found.placed.value, found.largest.value) == (15, 15)
    assert found.distance.precision == "few"
    released, open_first, reserve_first = found.alternatives
    summary = summary_of(round_)
    assert summary is not None
    # The first column is the release of the round, and both other ones are no finer than it.
    assert released.protected_placed == summary.protected_placed == reserve_first.protected_placed
    assert released.reserve_filled == summary.reserved_filled == reserve_first.reserve_filled
    assert open_first.reserve_filled in (released.reserve_filled, Shown(Precision.FEW, since=2))


@pytest.mark.django_db
def test_small_numbers_of_both_orders_are_told_to_nobody() -> None:
    world = make_pool()
    count_round()
    found = queries.counterfactuals_of(world.reload())
    assert found is not None
    assert {row.protected_placed.precision for row in found.alternatives} == {"few"}
    assert {row.reserve_reverted.precision for row in found.alternatives} == {"withheld"}


@pytest.mark.django_db
def test_one_place_more_gets_the_same_answer_as_the_question_before() -> None:
    world = make_pool(60, places=(40, 4), reserve_share=(50, 0), protected=tuple(range(0, 60, 2)))
    german, quota = make_user("approver", state="DE"), world.quotas[0].reference

    def seen(places: int) -> list[str]:
        simulation = do(ask(german, world, {"changes": [{"on": quota, "places": places}]}))
        table = queries.table_of(simulation, actor=german)
        assert table is not None
        column = table.scenarios.index(Scenario.CHANGED)
        return [row.cells[column].plain for row in table.rows if row.code not in OWN]

    near_release, first = seen(41), seen(52)
    assert seen(51) == seen(53) == seen(52) == first
    assert seen(42) == near_release
    # The twin: a whole number moves with a single place.
    rows = Simulation.objects.filter(state="DE").order_by("pk")
    placed = {row.result["scenarios"]["changed"]["states"]["DE"]["placed"] for row in rows}
    assert len(placed) > 2


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
