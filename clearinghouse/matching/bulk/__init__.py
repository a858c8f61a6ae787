"""Sealed ballots and decisions as arrays: read and written by binary COPY, a round at a time.

With `snapshot` this is the only translator between rows and the engine's values.
"""

from clearinghouse.matching.bulk.ballots import Ballots, leave_out, to_market
from clearinghouse.matching.bulk.decisions import decision_rows
from clearinghouse.matching.bulk.digests import market_digest, plan_digest
from clearinghouse.matching.bulk.filling import RESULT_COLUMNS, result_rows
from clearinghouse.matching.bulk.parsing import Unreadable
from clearinghouse.matching.bulk.reading import read_sealed

__all__ = [
    "RESULT_COLUMNS",
    "Ballots",
    "Unreadable",
    "decision_rows",
    "leave_out",
    "market_digest",
    "plan_digest",
    "read_sealed",
    "result_rows",
    "to_market",
]
