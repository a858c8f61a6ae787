"""One way of doing a round each, in a process of its own: `VERB SIZE ROUND REPEATS`."""
# Nothing of Django may be imported before it is set up.
# ruff: noqa: PLC0415

import hashlib
import json
import os
import resource
import socket
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import django
import numpy as np
from psycopg import sql

POSTINGS_PER = 100
WARM_UP = 1_000
SEED = "5eed" * 16
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
_ENTRY_COLUMNS = (
    "round_id", "candidate", "application_id", "worker_id", "protected", "postings", "points",
    "ranks", "parts",
)  # fmt: skip
_NO_KEY = """
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT conname FROM pg_constraint
            WHERE conrelid = 'matching_postingresult'::regclass AND contype = 'f'
              AND confrelid = 'quotas_quota'::regclass
        LOOP EXECUTE format('ALTER TABLE matching_postingresult DROP CONSTRAINT %I', name);
        END LOOP;
    END $$
"""


def main(words: list[str]) -> None:
    """Do one part and print what was measured as one line of JSON."""
    verb, *numbers = words
    django.setup()
    ways = {"seed": seed, "copy": bare_copy, "whole": whole, "orm": orm}
    from clearinghouse.access.checks import SYSTEM
    from clearinghouse.access.context import acting_for_process

    with acting_for_process(SYSTEM):
        found = ways[verb](*map(int, numbers))
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))


def seed(size: int, number: int, _repeats: int) -> dict[str, Any]:
    """Write a market as the sealed rows of a drawn round; rows they point to do not exist."""
    from django.core.management import call_command

    from accounts.models import User
    from clearinghouse.bench.market import generate
    from clearinghouse.matching.models import Round, SealedPosting

    call_command("migrate", verbosity=0)
    # Of a hundredth of the rows: the postings that results point to do not exist here.
    _ask(_NO_KEY)
    market = generate(size, max(20, size // POSTINGS_PER), seed=number)
    _ask("SET session_replication_role = replica")
    operator, _new = User.objects.get_or_create(email="operator@bench.example")
    round_ = Round.objects.create(
        number=number, status="drawn", operator=operator, opens_at=NOW,
        closes_at=NOW + timedelta(days=1), salt="0" * 64, input_digest="0" * 64, seed=SEED,
        sealed_at=NOW, drawn_at=NOW,
    )  # fmt: skip
    postings = len(market.quota)
    SealedPosting.objects.bulk_create(
        SealedPosting(
            round=round_, quota_id=1 + index, posting=f"DE-{index:06d}", number=index, state="DE",
            places=int(market.quota[index]), reserve=int(market.reserve[index]),
            order=("open_first", "reserve_first")[market.order[index]],
        )
        for index in range(postings)
    )  # fmt: skip
    _copy_in("matching_sealedentry", _ENTRY_COLUMNS, _entries(round_.pk, market))
    _ask("SET session_replication_role = origin")
    _ask("VACUUM (ANALYZE) matching_sealedentry")
    return {"wishes": len(market.posting), "postings": postings}


def bare_copy(size: int, number: int, repeats: int) -> dict[str, Any]:
    """Copy the sealed rows out and rows like the decisions in, and do nothing else."""
    from django.db import connection, transaction

    from clearinghouse.matching import bulk
    from clearinghouse.matching.bulk.decisions import COLUMNS

    round_ = _round(number)
    ballots = bulk.read_sealed(round_)
    content = b"".join(bulk.decision_rows(0, ballots, ballots.market(), _first_wish(ballots)))
    out, into = [], []
    _ask("SET statement_timeout = '1h'")
    for _ in range(repeats):
        start = time.perf_counter()
        count = 0
        statement = (
            "COPY (SELECT id, candidate, protected, postings, points FROM matching_sealedentry"
            f" WHERE round_id = {round_.pk}) TO STDOUT (FORMAT binary)"
        )
        with connection.cursor() as cursor, cursor.cursor.copy(statement) as copy:
            for row in copy:
                count += len(row)
        out.append(time.perf_counter() - start)
        start = time.perf_counter()
        with transaction.atomic():
            _ask(
                "CREATE TABLE bench_bare (run_id bigint NOT NULL, entry_id bigint NOT NULL,"
                " quota_id bigint, lottery integer NOT NULL, seat varchar(8) NOT NULL)"
            )
            names = ", ".join(COLUMNS)
            statement = f"COPY bench_bare ({names}) FROM STDIN (FORMAT binary)"
            with connection.cursor() as cursor, cursor.cursor.copy(statement) as copy:
                for place in range(0, len(content), 1 << 20):
                    copy.write(content[place : place + (1 << 20)])
        into.append(time.perf_counter() - start)
        _ask("DROP TABLE bench_bare")
    return {"out": out, "into": into, "bytes": count + len(content), "size": size}


def whole(size: int, number: int, repeats: int) -> dict[str, Any]:
    """Do the round by its service, as the background worker does, several times."""
    from clearinghouse import engine
    from clearinghouse.bench.market import generate

    engine.allow_numba()
    # A worker has compiled or loaded its kernels before.
    for accelerator in ("numba", "numpy"):
        engine.match_arrays(generate(2_000, 20, seed=1), accelerator)
    _once(WARM_UP)
    done = [_once(number) for _ in range(repeats)]
    return {
        "seconds": [seconds for seconds, _run in done],
        "parts": [run.stage_seconds for _seconds, run in done],
        "digests": [run.plan_digest for _seconds, run in done],
        "checked_by": done[-1][1].checked_by,
        "size": size,
    }


def _once(number: int) -> tuple[float, Any]:
    from clearinghouse.matching import services
    from clearinghouse.matching.models import Run
    from clearinghouse.shared import clock

    # Later generations of the same input, with nobody left out, are the same work.
    row = Run.objects.create(
        round=_round(number), requested_at=NOW,
        generation=Run.objects.filter(round__number=number).count() + 1,
    )  # fmt: skip
    start = time.perf_counter()
    run = services.execute_run(
        run_id=row.public_id, pid=os.getpid(), host=socket.gethostname(), clock=clock.now
    )
    seconds = time.perf_counter() - start
    if run is None or run.status != "finished":
        raise SystemExit(f"the run did not finish: {run and run.failure}")
    return seconds, run


def orm(size: int, number: int, repeats: int) -> dict[str, Any]:
    """Do the round the plain way: model objects, plain Python, `bulk_create` with foreign keys."""
    from clearinghouse.bench.orm_way import Old, make_table, orm_round

    make_table()
    seconds, digests = [], []
    parts: dict[str, float] = {}
    for _ in range(max(1, repeats - 2)):
        start = time.perf_counter()
        parts, digest = orm_round(_round(number))
        seconds.append(time.perf_counter() - start)
        digests.append(digest)
        if Old.objects.count() != size:
            raise SystemExit("the ORM way has lost rows")
        _ask("TRUNCATE bench_decision")
    return {"seconds": seconds, "parts": parts, "digests": digests}


def _entries(round_id: int, market: Any) -> Iterable[tuple[Any, ...]]:
    names = sorted(
        hashlib.sha256(str(index).encode()).hexdigest()[:32]
        for index in range(len(market.protected))
    )
    indptr, posting, points = market.indptr.tolist(), market.posting, market.points
    for index, name in enumerate(names):
        wishes = slice(indptr[index], indptr[index + 1])
        listed = posting[wishes].tolist()
        ranks = list(range(1, len(listed) + 1))
        yield (
            round_id, name, index, index, bool(market.protected[index]), listed,
            points[wishes].tolist(), ranks, [],
        )  # fmt: skip


def _copy_in(name: str, columns: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> None:
    from django.db import connection

    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _first_wish(ballots: Any) -> Any:
    """Return a plan of the right size for the bare copy: everybody has a place somewhere."""
    from clearinghouse import engine

    people, postings = len(ballots), len(ballots.postings)
    nothing, nobody = np.full(postings, -1, np.int32), np.full(postings, -1, np.int64)
    none, no_one = np.empty(0, np.int32), np.empty(0, np.int64)
    return engine.ArrayPlan(
        np.arange(people, dtype=np.int32) % postings, np.zeros(people, np.int8),
        nothing, nobody, nothing, nobody, none, no_one, none, no_one,
    )  # fmt: skip


def _round(number: int) -> Any:
    from clearinghouse.matching.models import Round

    return Round.objects.get(number=number)


def _ask(statement: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)


if __name__ == "__main__":
    main(sys.argv[1:])
