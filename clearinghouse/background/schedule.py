"""The beat table: what the clock asks for, and how often (seconds).

The settings read it, so it imports nothing; a test holds the names against the tasks. A message
that no worker took until the next one comes expires: a worker that was away finds one, not all.
"""

from typing import Any


def _every(seconds: int, task: str) -> dict[str, Any]:
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep runs that nobody works on": _every(10, "matching.sweep"),
    "open rounds whose time has come": _every(30, "matching.clock"),
    "refill freed places": _every(10, "offers.refill"),
    "remind, and let offers lapse": _every(60, "offers.lapse"),
    "send waiting messages": _every(15, "notices.send"),
    "refer minors to protection": _every(300, "protection.open_referrals"),
    "end hidings, raise missing ones": _every(60, "protection.shields"),
    "compare the ledger of places": _every(900, "ledger.reconcile"),
    "simulate what nobody works on": _every(10, "simulation.sweep"),
    "show life": _every(15, "audit.heartbeat"),
}
