"""Every write of matching, by noun."""

from clearinghouse.matching.services.answering import discard_refill, mark_applied
from clearinghouse.matching.services.certification import certify
from clearinghouse.matching.services.publishing import publish_due, publish_numbers
from clearinghouse.matching.services.repeating import discharge_entries
from clearinghouse.matching.services.rounds import (
    open_due,
    open_round,
    plan_round,
    release,
    void_round,
)
from clearinghouse.matching.services.runs import (
    cancel_run,
    execute_run,
    request_refill,
    request_run,
    sweep,
)
from clearinghouse.matching.services.sealing import seal_round
from clearinghouse.matching.services.seeds import commit_secret, draw_seed, reveal_secret
from clearinghouse.matching.services.self_testing import examine_round

__all__ = [
    "cancel_run",
    "certify",
    "commit_secret",
    "discard_refill",
    "discharge_entries",
    "draw_seed",
    "examine_round",
    "execute_run",
    "mark_applied",
    "open_due",
    "open_round",
    "plan_round",
    "publish_due",
    "publish_numbers",
    "release",
    "request_refill",
    "request_run",
    "reveal_secret",
    "seal_round",
    "sweep",
    "void_round",
]
