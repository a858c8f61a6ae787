"""The fast engine, with and without Numba, against the second implementation: bit for bit."""

import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from clearinghouse.bench.market import generate
from clearinghouse.engine import (
    accelerator_in_use,
    canonical_bytes,
    lottery_ranks,
    lottery_ranks_of,
    match,
    match_arrays,
    match_arrays_plain,
    match_plain,
    plan_to_json,
    read_market,
    to_arrays,
    verify,
    verify_arrays,
)
from clearinghouse.engine.errors import InputError
from clearinghouse.engine.fast import accelerator as choice
from clearinghouse.engine.fast import vectors
from tests.engine.arrays import chain, differences, some_market
from tests.engine.markets import Json, random_market

ROOT = Path(__file__).resolve().parents[2]
MARKETS = int(os.environ.get("ENGINE_MARKETS", "1000"))
ACCELERATORS = ("numba", "numpy")
LINKS = 400


def test_equals_the_second_implementation_on_random_markets() -> None:
    assert accelerator_in_use("numba") == "numba"
    for seed in range(MARKETS):
        market = to_arrays(some_market(seed))
        plan = match_arrays_plain(market)

        for accelerator in ACCELERATORS:
            assert not differences(match_arrays(market, accelerator), plan), (seed, accelerator)
        assert verify_arrays(market, plan) == [], seed


@pytest.mark.parametrize(("always", "share"), [(0, 10**9), (10**9, 1)])
def test_equals_it_in_waves_alone_and_one_by_one_alone(
    always: int, share: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "_ALWAYS_FEW", always)
    monkeypatch.setattr(vectors, "_FEW", share)
    for seed in range(150):
        market = to_arrays(some_market(seed))

        assert not differences(match_arrays(market, "numpy"), match_arrays_plain(market)), seed


@pytest.mark.parametrize("caps", [False, True])
def test_equals_it_where_buffers_fill_and_empty_many_times(caps: bool) -> None:
    for seed, (people, postings) in enumerate([(4000, 60), (3000, 1100), (2000, 3)]):
        market = generate(people, postings, seed, 0.3, caps=caps)
        plan = match_arrays_plain(market)

        for accelerator in ACCELERATORS:
            assert not differences(match_arrays(market, accelerator), plan)


@pytest.mark.parametrize("accelerator", ACCELERATORS)
def test_follows_a_chain_to_its_end(accelerator: str) -> None:
    market = read_market(chain(LINKS))

    plan = match(market, accelerator)

    got = [row.posting for row in plan.assignments]
    assert got == [f"p{index + 1:05}" for index in range(LINKS - 1)] + ["p00000"]
    assert plan == match_plain(market)


@pytest.mark.parametrize("accelerator", ACCELERATORS)
def test_sorts_by_two_columns_where_one_integer_is_too_small(
    accelerator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clearinghouse.engine.fast.choices._BITS", 0)
    market = generate(2000, 40, 5)

    assert not differences(match_arrays(market, accelerator), match_arrays_plain(market))


@pytest.mark.parametrize("accelerator", ACCELERATORS)
def test_writes_the_same_bytes_whatever_the_order_of_rows(accelerator: str) -> None:
    for seed in range(25):
        data = random_market(seed, people=30, postings=6, wishes=5)
        plan = match_plain(read_market(data))
        pick = random.Random(seed)
        for _ in range(3):
            mixed = shuffled(data, pick)
            again = match(read_market(mixed), accelerator)
            assert canonical_bytes(plan_to_json(again)) == canonical_bytes(plan_to_json(plan))
        assert verify(read_market(data), plan) == []


def shuffled(data: Json, pick: random.Random) -> Json:
    rows = {
        name: pick.sample(data[name], len(data[name]))
        for name in ("postings", "candidates", "caps")
    }
    caps = [cap | {"postings": pick.sample(cap["postings"], len(cap["postings"]))}
            for cap in rows["caps"]]  # fmt: skip
    return data | rows | {"caps": caps}


def test_draws_the_same_lottery_by_its_own_code() -> None:
    ids = [f"c{index}" for index in range(300)] + ["ẞ", "کاربر"]
    ranks = lottery_ranks("00ff", ids)

    assert lottery_ranks_of("00ff", ids).tolist() == [ranks[name] for name in ids]
    assert lottery_ranks_of("00ff", []).tolist() == []
    with pytest.raises(InputError, match="seed: has not been drawn yet"):
        lottery_ranks_of("", ids)


def test_leaves_its_input_as_it_was() -> None:
    market, same = generate(500, 20, 1, caps=True), generate(500, 20, 1, caps=True)
    for array in (market.posting, market.points, market.lottery):
        array.setflags(write=False)

    for accelerator in ACCELERATORS:
        match_arrays(market, accelerator)

    assert not differences(market, same)


def test_knows_its_accelerators(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="accelerator: must be one of auto, numba, numpy"):
        match_arrays(generate(5, 2, 1), "gpu")
    monkeypatch.setenv("ENGINE_ACCELERATOR", "numba")
    monkeypatch.setattr(choice._Process, "allowed", False)
    # The environment is no leave: only the process itself can give it.
    assert accelerator_in_use() == "numpy"
    assert accelerator_in_use("numba") == "numba"
    assert accelerator_in_use("numpy") == "numpy"


# Surroundings, each in a process of its own.

DIGEST = """
import hashlib, sys
from clearinghouse import engine
from clearinghouse.bench.market import generate
engine.allow_numba({allow})
plan = engine.match_arrays(generate(20_000, 300, 1), {choice})
loaded = "numba" in sys.modules
text = hashlib.sha256(plan.assignment.tobytes() + plan.others_candidate.tobytes()).hexdigest()
print(text[:12], engine.accelerator_in_use({choice}), loaded,
      engine.accelerator_trouble().partition(":")[0])
"""


def run(code: str, before: str = "", **environment: str) -> list[str]:
    env = {name: value for name, value in os.environ.items() if name != "ENGINE_ACCELERATOR"}
    done = subprocess.run(
        [sys.executable, "-c", before + code],
        cwd=ROOT,
        env=env | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr
    return done.stdout.split()


def expected() -> str:
    return run(DIGEST.format(allow=False, choice=None))[0]


def test_falls_back_to_the_same_result_without_numba() -> None:
    blocked = "import sys; sys.modules['numba'] = None\n"

    digest, used, _, trouble = run(DIGEST.format(allow=True, choice="'numba'"), before=blocked)

    assert (digest, used, trouble) == (expected(), "numpy", "ModuleNotFoundError")


def test_falls_back_where_the_cache_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file, not a folder", encoding="utf-8")

    digest, used, _, trouble = run(
        DIGEST.format(allow=True, choice="'numba'"), NUMBA_CACHE_DIR=str(tmp_path / "file" / "x")
    )

    assert (digest, used, trouble) == (expected(), "numpy", "NotADirectoryError")


def test_loads_numba_only_with_leave_and_for_large_markets() -> None:
    first = expected()
    code = DIGEST.format(allow=True, choice=None)
    # 20,000 people with 60,000 wishes are not worth it; asked for by name, it comes all the same.
    assert run(code)[::2] == [first, "False"]
    assert run(code, ENGINE_ACCELERATOR="numba")[:3] == [first, "numba", "True"]
    assert run(code, ENGINE_ACCELERATOR="numpy")[:3] == [first, "numpy", "False"]
    assert run(DIGEST.format(allow=False, choice=None), ENGINE_ACCELERATOR="numba")[:3] == [
        first, "numpy", "False",
    ]  # fmt: skip


def test_web_processes_never_import_numba() -> None:
    code = """
import sys, django
django.setup()
import clearinghouse.urls
from django.urls import get_resolver
get_resolver().url_patterns
from clearinghouse import engine
from clearinghouse.bench.market import generate
from tests.engine.markets import random_market
engine.match(engine.read_market(random_market(1)))
engine.match_arrays(generate(30_000, 1_000, 1))
print("numba" in sys.modules)
"""
    servers = {
        "DJANGO_SETTINGS_MODULE": "clearinghouse.settings",
        "DATABASE_URL": "postgresql://nobody@/nothing?host=/nonexistent",
        "REDIS_URL": "redis+socket:///nonexistent",
        "SECRET_KEY": "for reading the code only",
        "ENGINE_ACCELERATOR": "numba",
    }

    assert run(code, **servers) == ["False"]
    # The twin: with leave the same process does import it.
    given = code.replace("engine.match(", "engine.allow_numba()\nengine.match(", 1)
    assert run(given, **servers) == ["True"]


def test_counts_everyone_in_the_synthetic_market() -> None:
    market = generate(3000, 100, 2, caps=True)

    assert market.indptr[-1] == len(market.posting) == len(market.points)
    assert 0.06 < market.protected.mean() < 0.10
    reserves = np.bincount(market.cap, market.reserve)
    assert (market.cap_limit >= reserves).all()
