"""Every write of simulation, by verb. It writes its own table and the audit trail only."""

from clearinghouse.simulation.services.asking import (
    ask_counterfactuals,
    cancel,
    simulate,
    simulate_quota,
)
from clearinghouse.simulation.services.running import execute, sweep

__all__ = [
    "ask_counterfactuals",
    "cancel",
    "execute",
    "simulate",
    "simulate_quota",
    "sweep",
]
