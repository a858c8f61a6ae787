"""A small real history, committed act by act, with checkpoints in between."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from clearinghouse.access.checks import SYSTEM
from clearinghouse.audit import checkpoints, trail
from clearinghouse.audit.enums import Verb
from clearinghouse.audit.models import Checkpoint
from clearinghouse.people.models import LanguageSkill, Worker
from tests.factories.people import make_worker


def act(rng: random.Random) -> None:
    """Commit one random change with its record."""
    with transaction.atomic():
        workers = list(Worker.objects.order_by("pk"))
        worker = rng.choice(workers) if workers else make_worker()
        _CHANGES[rng.randrange(len(_CHANGES))](rng, worker)
        trail.record(Verb.PROFILE_EDITED, by=SYSTEM, on=worker, facts={"n": rng.randrange(100)})


def _edit(rng: random.Random, worker: Worker) -> None:
    Worker.objects.filter(pk=worker.pk).update(phone=f"+49{rng.randrange(10**6)}")


def _learn(rng: random.Random, worker: Worker) -> None:
    LanguageSkill.objects.filter(worker=worker).delete()
    LanguageSkill.objects.bulk_create(
        LanguageSkill(worker=worker, language=code, level=rng.choice(["A1", "B1", "C1"]))
        for code in rng.sample(["de", "fr", "tr", "ar", "es"], 2)
    )


def _appear(_rng: random.Random, _worker: Worker) -> None:
    make_worker()


_CHANGES: tuple[Callable[[random.Random, Worker], None], ...] = (_edit, _learn, _appear)


def live(rng: random.Random, *, acts: int, now: datetime) -> Checkpoint:
    """Commit some acts and sign a checkpoint after them."""
    for _turn in range(acts):
        act(rng)
    count = Checkpoint.objects.count()
    return checkpoints.make(now=now + timedelta(minutes=5 * count))
