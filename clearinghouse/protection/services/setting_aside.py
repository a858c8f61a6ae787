"""Nominations of people who must not be known to the nominating state."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from clearinghouse.access.checks import SYSTEM, Actor
from clearinghouse.audit import trail
from clearinghouse.audit.enums import Verb
from clearinghouse.protection import keys, permissions
from clearinghouse.protection.models import SetAside

# Key of the person, random id of the nomination, ISO code of the nominating state.
Found = tuple[int, str, str]


@transaction.atomic
def set_aside(found: Iterable[Found], *, by: Actor = SYSTEM, now: datetime) -> int:
    """Keep nominations of hidden people in the zone; return how many are new.

    The nominations are not touched: for the state they go on awaiting the worker, for ever.
    """
    permissions.check_can_determine(by)
    wanted = list(found)
    own = keys.writing_keys(worker_id for worker_id, _nomination, _state in wanted)
    marks = {
        (worker_id, own.mark(worker_id, "setaside", nomination.encode())): (nomination, state)
        for worker_id, nomination, state in wanted
    }
    known = SetAside.objects.filter(worker_id__in={worker_id for worker_id, _mark in marks})
    kept = {(row[0], bytes(row[1])) for row in known.values_list("worker_id", "mark")}
    made = 0
    for (worker_id, mark), (nomination, state) in marks.items():
        if (worker_id, mark) in kept:
            continue
        row = SetAside(worker_id=worker_id, mark=mark, set_aside_at=now)
        own.seal_row(row, {"nomination": nomination, "state": state})
        row.save()
        trail.record(Verb.NOMINATION_SET_ASIDE, by=by, on=row)
        made += 1
    return made
