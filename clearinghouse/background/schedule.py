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
    "send letters about accounts": _every(15, "notices.letters"),
    "send waiting messages": _every(15, "notices.send"),
    "refer minors to protection": _every(300, "protection.open_referrals"),
    "end hidings, raise missing ones": _every(300, "protection.shields"),
    "compare the ledger of places": _every(900, "ledger.reconcile"),
    "simulate what nobody works on": _every(10, "simulation.sweep"),
    "write and delete exports": _every(60, "exports.sweep"),
    "link new entries of the audit": _every(5, "audit.chain"),
    "sign a checkpoint of the audit": _every(240, "audit.checkpoint"),
    "verify the audit": _every(86_400, "audit.verify"),
    "release new numbers of refilled rounds": _every(3600, "statistics.release"),
    "show life": _every(15, "audit.heartbeat"),
}
