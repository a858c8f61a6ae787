"""Every read of simulation."""

from clearinghouse.simulation.queries.outcomes import (
    Alternative,
    Counterfactuals,
    Forecast,
    counterfactuals_of,
    forecasts_of,
)
from clearinghouse.simulation.queries.rows import (
    Line,
    count_live_of,
    find_simulation,
    focus_of,
    get_simulation,
    list_counted,
    list_lines,
    list_of_quota,
    list_pools,
    list_simulations,
    list_stranded,
    list_without_counterfactuals,
    lock_simulation,
)
from clearinghouse.simulation.queries.tables import (
    Cell,
    Row,
    Table,
    largest_of,
    posting_table,
    table_of,
)

__all__ = [
    "Alternative",
    "Cell",
    "Counterfactuals",
    "Forecast",
    "Line",
    "Row",
    "Table",
    "count_live_of",
    "counterfactuals_of",
    "find_simulation",
    "focus_of",
    "forecasts_of",
    "get_simulation",
    "largest_of",
    "list_counted",
    "list_lines",
    "list_of_quota",
    "list_pools",
    "list_simulations",
    "list_stranded",
    "list_without_counterfactuals",
    "lock_simulation",
    "posting_table",
    "table_of",
]
