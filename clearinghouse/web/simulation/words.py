"""What a simulation changes, in sentences; and its result as bars."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from clearinghouse.quotas.enums import ReserveOrder
from clearinghouse.simulation.queries import Table
from clearinghouse.simulation.rules.parameters import ALL, STATE_PREFIX, Change, read_parameters
from clearinghouse.web.templatetags.published import in_words

if TYPE_CHECKING:
    from clearinghouse.simulation.models import Simulation

Bars = list[tuple[str, float | None, str]]


def words_of(simulation: "Simulation") -> list[str]:
    """Say in sentences what a simulation changes."""
    parameters = read_parameters(simulation.parameters)
    lines = [line for change in parameters.changes for line in _of_change(change)]
    lines += [
        _("At most %(limit)d people over all postings of %(state)s")
        % {"limit": limit, "state": state}
        for state, limit in parameters.caps
    ]
    return lines or [_("Nothing changes; both orders are compared.")]


def charts_of(table: Table | None) -> list[dict[str, Any]]:
    """Return the bars of a result: placed, protected placed, mean wish, first wish in percent."""
    if table is None:
        return []
    charts = []
    for code in ("placed", "protected_placed", "rank", "first"):
        row = table.row(code)
        bars: Bars = []
        for scenario, cell in zip(table.scenarios, row.cells, strict=True):
            hidden = cell.shown is not None and cell.value is None
            note = in_words(cell.shown) if hidden and cell.shown else ""
            scale = 100 if row.kind == "share" else 1
            value = None if cell.value is None else round(cell.value * scale, 2)
            bars.append((str(scenario.label), value, note))
        unit = _("Percent") if row.kind == "share" else ""
        charts.append({"title": row.label, "bars": bars, "unit": unit})
    return charts


def _of_change(change: Change) -> list[str]:
    where = _where(change.on)
    lines = []
    if change.share:
        lines.append(
            _("%(where)s: reserve of %(share)s percent")
            % _in(where, share=f"{float(change.share):g}")
        )
    if change.order:
        order = str(ReserveOrder(change.order).label)
        lines.append(_("%(where)s: %(order)s") % _in(where, order=order))
    if change.factor:
        percent = f"{float(change.factor) * 100:g}"
        text = _("%(where)s: places multiplied to %(percent)s percent")
        lines.append(text % _in(where, percent=percent))
    if change.places is not None:
        lines.append(_("%(where)s: %(places)d places") % _in(where, places=change.places))
    return lines


def _in(where: str, **values: Any) -> dict[str, Any]:
    return {"where": where, **values}


def _where(on: str) -> str:
    if on == ALL:
        return _("All postings")
    if on.startswith(STATE_PREFIX):
        return _("All postings of %s") % on.removeprefix(STATE_PREFIX)
    return on
