"""How the machinery is: background processes, queue, messages, runs, versions."""

import platform
from typing import Any

import django
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from redis import Redis, RedisError

from accounts.enums import Role
from clearinghouse.audit import queries as audit
from clearinghouse.ledger import queries as ledger
from clearinghouse.matching import queries as matching
from clearinghouse.notices import queries as notices
from clearinghouse.shared import clock
from clearinghouse.web.guard import SignedInRequest, require_role

QUEUE = "celery"
PATIENCE = 1


@require_role(Role.OPERATOR, Role.AUDITOR)
def overview(request: SignedInRequest) -> HttpResponse:
    """Show signs of life; the page works while the queue is away."""
    now = clock.now()
    beats = [
        {"row": beat, "age": max(0, int((now - beat.seen_at).total_seconds()))}
        for beat in audit.list_heartbeats()
    ]
    context = {
        "beats": beats,
        "alive": audit.worker_is_alive(now=now),
        "queue": queue_length(),
        "unsent": notices.count_waiting(),
        "given_up": notices.count_given_up(),
        "live_runs": matching.count_live_runs(),
        "stranded": matching.list_stranded(now).count(),
        "rounds": matching.count_by_status(),
        "ledger": ledger.latest_reconciliation(),
        "versions": _versions(),
        "quiet_after": int(audit.ALIVE.total_seconds()),
    }
    return render(request, "operations/system.html", context)


def queue_length() -> int | None:
    """Return how many tasks wait in the queue; None if it cannot be reached."""
    location = settings.CACHES["default"]["LOCATION"]
    try:
        client = Redis.from_url(location, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
        with client:
            return int(client.llen(QUEUE))
    except RedisError:
        return None


def _versions() -> list[tuple[str, Any]]:
    with connection.cursor() as cursor:
        database = cursor.connection.info.server_version
    return [
        (_("Python"), platform.python_version()),
        (_("Django"), django.get_version()),
        (_("PostgreSQL"), f"{database // 10_000}.{database % 10_000}"),
    ]
