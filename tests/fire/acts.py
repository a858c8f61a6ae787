"""What a process of its own does in a drill, once it was forked: one act of a person or the clock.

Imported by the fork server before it forks, so that a process costs milliseconds and not the two
seconds that Django needs to start.
"""

import os
import sys
from collections.abc import Callable
from functools import partial
from io import StringIO
from multiprocessing.connection import Connection
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clearinghouse.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from accounts.models import User  # noqa: E402
from clearinghouse.access.checks import SYSTEM  # noqa: E402
from clearinghouse.access.context import acting_for_process  # noqa: E402
from clearinghouse.access.logins import Login, use_login  # noqa: E402
from clearinghouse.background import tasks  # noqa: E402
from clearinghouse.matching import queries as matching_queries  # noqa: E402
from clearinghouse.matching import services as matching  # noqa: E402
from clearinghouse.matching.models import Run  # noqa: E402
from clearinghouse.notices import services as notices  # noqa: E402
from clearinghouse.offers import services as offers  # noqa: E402
from clearinghouse.shared.errors import DomainError  # noqa: E402


def _by(service: Callable[..., Any]) -> Callable[..., None]:
    def act(*, by: int, **given: Any) -> None:
        service(by=User.objects.get(pk=by), **given)

    return act


def _run(*, run_id: str) -> None:
    tasks.run_round(run_id=run_id)


acting_for_process(SYSTEM).__enter__()

# What a long-lived process has loaded long before anything goes wrong: addresses, texts, forms.
call_command("check", stdout=StringIO())

ACTS: dict[str, Callable[..., object]] = {
    "seal": _by(matching.seal_round),
    "draw": _by(matching.draw_seed),
    "request": _by(matching.request_run),
    "run": _run,
    "certify": _by(matching.certify),
    "release": _by(offers.release_round),
    "accept": _by(offers.accept),
    "decline": _by(offers.decline),
    "refill": offers.refill,
    "remind": offers.remind_due,
    "lapse": offers.lapse_due,
    "mail": notices.deliver_outbox,
    "sweep": matching.sweep,
}


def _token_is_not_asked_for(run: Run, _attempt: int) -> Run:
    return Run.objects.select_for_update(of=("self",)).select_related("round").get(pk=run.pk)


def _kill_and_tell(kill: Callable[..., None], answer: Connection, pid: int, number: int) -> None:
    """Say at which point the process dies; then it dies as always."""
    answer.send(sys._getframe(1).f_locals["name"])
    kill(pid, number)


def do(
    act: str,
    given: dict[str, Any],
    *,
    answer: Connection,
    failpoint: str = "",
    without: str = "",
    lease: float = 15,
    idle: float = 180,
) -> None:
    """Do one act in this process and send back what became of it.

    `lease` and `idle` are the seconds after which a run may be taken over, and after which the
    database ends a transaction that says nothing. `without` switches a control off, for the
    twins: without `token` a run is written by whoever comes.
    """
    settings.FAILPOINT = failpoint
    if failpoint:
        os.kill = partial(_kill_and_tell, os.kill, answer)
    settings.RUN_LEASE_SECONDS = lease
    options = connection.settings_dict["OPTIONS"]
    options["options"] += f" -c idle_in_transaction_session_timeout={idle * 1000:.0f}"
    if without == "token":
        matching_queries.lock_claimed = _token_is_not_asked_for  # type: ignore[assignment]
    try:
        # As the login that such acts work as, at the door or as a task.
        with acting_for_process(SYSTEM), use_login(Login.MATCHER):
            ACTS[act](**given)
        answer.send("done")
    except DomainError as error:
        answer.send(error.code)
