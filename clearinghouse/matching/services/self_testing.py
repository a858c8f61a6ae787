"""The statistical self-test of a plan, kept before anybody certifies it."""

import hashlib
from datetime import datetime

from django.db import transaction

from clearinghouse.matching import queries, rules, selftest
from clearinghouse.matching.models import Decision, Round, Run, SealedPosting, SelfTest


@transaction.atomic
def examine_round(*, number: int, now: datetime) -> SelfTest | None:
    """Test the first run of a round and keep the outcome; one that is kept is returned as it is.

    Returns None while there is no finished run.
    """
    round_ = queries.lock_round(number)
    kept = queries.find_self_test(round_)
    run = queries.find_standing(round_)
    if kept is not None or run is None or not run.plan_digest:
        return kept
    bound = float(rules.Z_BOUND)
    outcomes = selftest.examine(sample_of(round_, run))
    return SelfTest.objects.create(
        round=round_,
        passed=all(abs(outcome.z) <= bound for outcome in outcomes),
        results=[
            {
                "name": outcome.name,
                "people": outcome.people,
                "z": f"{outcome.z:.2f}",
                "bound": rules.Z_BOUND,
                "passed": abs(outcome.z) <= bound,
            }
            for outcome in outcomes
        ],
        at=now,
    )


def sample_of(round_: Round, run: Run) -> selftest.Sample:
    """Return what the tests look at: one row a person, without names.

    Moment, number and state of an application are read here only, and only for these figures.
    """
    sealed = SealedPosting.objects.filter(round=round_).values_list("number", "posting", "state")
    postings = {number: (posting, state) for number, posting, state in sealed}
    columns = (
        "entry__candidate",
        "lottery",
        "quota__reference",
        "entry__application_id",
        "entry__application__submitted_at",
        "entry__worker__nationality_id",
        "entry__protected",
        "entry__postings__0",
        "entry__points__0",
    )
    sample = selftest.Sample([], [], [], [], [], [], [], [])
    seed = bytes.fromhex(round_.seed)
    for name, lottery, got, number, sent, origin, protected, wish, points in (
        Decision.objects.filter(run=run).values_list(*columns).iterator(chunk_size=10_000)
    ):
        posting, state = postings[wish]
        ticket = hashlib.sha256(seed + name.encode()).digest()
        _append(
            sample,
            lottery,
            int.from_bytes(ticket[:6], "big") / 2**48,
            sent.timestamp() if sent else 0.0,
            number,
            origin or 0,
            state,
            f"{posting}|{points}|{protected}",
            int(got == posting),
        )
    return sample


def _append(sample: selftest.Sample, *row: object) -> None:
    for name, value in zip(selftest.Sample.__dataclass_fields__, row, strict=True):
        getattr(sample, name).append(value)
