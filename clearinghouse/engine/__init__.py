"""The brain: who gets which place, and why. Pure Python, replayable, no framework.

market = read_market(json.loads(text))
plan = match(market)
assert verify(market, plan) == []
explain(market, plan, "c1")
"""

from .array_checks import check_arrays
from .arrays import ArrayMarket, ArrayPlan, lottery_ranks_of, to_arrays, to_plan
from .errors import InputError, Problem
from .explaining import (
    Explanation,
    UnknownCandidateError,
    WishOutcome,
    explain,
    explain_all,
    explanation_to_json,
)
from .fast import (
    ArrayFinding,
    accelerator_in_use,
    accelerator_trouble,
    allow_numba,
    match_arrays,
    verify_arrays,
)
from .later_round import market_without
from .lottery import draw_seed, lottery_ranks
from .matching import match
from .plain import match_arrays_plain, match_plain
from .plan_reading import read_plan
from .prose import explanation_text
from .reading import read_market, with_seed
from .reasons import Fault, Reason
from .types import (
    CLOSED,
    ENGINE_VERSION,
    Assignment,
    Bar,
    Candidate,
    Cap,
    Cutoff,
    Finding,
    Market,
    Order,
    Plan,
    Posting,
    Seat,
    Wish,
)
from .verifier import verify
from .writing import (
    canonical_bytes,
    input_digest,
    market_digest,
    market_to_json,
    plan_digest,
    plan_to_json,
    seal_plan,
)

__all__ = [
    "CLOSED",
    "ENGINE_VERSION",
    "ArrayFinding",
    "ArrayMarket",
    "ArrayPlan",
    "Assignment",
    "Bar",
    "Candidate",
    "Cap",
    "Cutoff",
    "Explanation",
    "Fault",
    "Finding",
    "InputError",
    "Market",
    "Order",
    "Plan",
    "Posting",
    "Problem",
    "Reason",
    "Seat",
    "UnknownCandidateError",
    "Wish",
    "WishOutcome",
    "accelerator_in_use",
    "accelerator_trouble",
    "allow_numba",
    "canonical_bytes",
    "check_arrays",
    "draw_seed",
    "explain",
    "explain_all",
    "explanation_text",
    "explanation_to_json",
    "input_digest",
    "lottery_ranks",
    "lottery_ranks_of",
    "market_digest",
    "market_to_json",
    "market_without",
    "match",
    "match_arrays",
    "match_arrays_plain",
    "match_plain",
    "plan_digest",
    "plan_to_json",
    "read_market",
    "read_plan",
    "seal_plan",
    "to_arrays",
    "to_plan",
    "verify",
    "verify_arrays",
    "with_seed",
]
