"""`bench engine`: the engine against a sort, against itself, and against other libraries.

All in one run, so that the ratios hold for one machine at one time.
"""

import argparse
import json
import math
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from clearinghouse.engine import (
    ArrayMarket,
    accelerator_in_use,
    accelerator_trouble,
    allow_numba,
    match_arrays,
    match_arrays_plain,
    verify_arrays,
)

from .market import generate
from .peers import PEERS, without_reserves
from .report import Goal, Report, Time, progress

SEED: Final = 1
SIZES: Final = ((10_000, 200), (100_000, 2_000), (1_000_000, 10_000), (10_000_000, 50_000))
LARGE: Final = 5_000_000
LINKS: Final = 300_000


def main(words: Sequence[str]) -> int:
    """Measure, print and return 1 if a goal was missed."""
    parser = argparse.ArgumentParser(prog="run.py bench engine")
    parser.add_argument("--applicants", type=int, default=1_000_000, help="largest market")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--child", nargs=2, type=int, help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    allow_numba()
    if options.child:
        return _child(*options.child)
    report = Report(f"python3 run.py bench engine --applicants {options.applicants}")
    if accelerator_in_use("numba") != "numba":
        report.times.append(Time("numba", "all", None, 0, accelerator_trouble()))
    sizes = [pair for pair in SIZES if pair[0] <= options.applicants]
    for people, postings in sizes or [(options.applicants, max(options.applicants // 50, 1))]:
        if people < LARGE:
            _measure(report, people, postings)
        else:
            _measure_large(report, people, postings)
    _measure_chain(report, min(LINKS, options.applicants))
    _add_goals(report, sizes)
    return report.show(as_json=options.json)


def _name(people: int, postings: int) -> str:
    return f"{people:,} x {postings:,}"


def _measure(report: Report, people: int, postings: int) -> None:
    size = _name(people, postings)
    progress(size)
    market = generate(people, postings, SEED)
    capped = generate(people, postings, SEED, caps=True)
    keys = np.random.default_rng(SEED).integers(0, 1 << 48, len(market.posting))
    scratch = keys.copy()

    def sort_in_place() -> None:
        # Fresh memory for every sort would cost more than the sort.
        np.copyto(scratch, keys)
        scratch.sort()

    plan = match_arrays(market, "numpy")
    runners: dict[str, Callable[[], object]] = {
        "numpy.sort of the wishes": sort_in_place,
        "numpy": partial(match_arrays, market, "numpy"),
        "numpy, state caps": partial(match_arrays, capped, "numpy"),
        "verify": partial(verify_arrays, market, plan),
        "plain Python": partial(match_arrays_plain, market),
    }
    if accelerator_in_use("numba") == "numba":
        fast = {
            "numba": partial(match_arrays, market, "numba"),
            "numba, state caps": partial(match_arrays, capped, "numba"),
        }
        for runner in fast.values():
            runner()
        runners |= fast
    report.race(size, runners)
    if people == SIZES[0][0]:
        _measure_peers(report, size, market)
    _measure_memory(report, size, market)


def _measure_memory(report: Report, size: str, market: ArrayMarket) -> None:
    """Note the peak of what matching allocates, its result included, per wish."""
    for accelerator in ("numba", "numpy"):
        tracemalloc.start()
        match_arrays(market, accelerator)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        name = f"bytes per wish, {accelerator}, {size}"
        bound = 6 if accelerator == "numba" else 30
        if accelerator_in_use(accelerator) == accelerator and len(market.protected) >= 10**6:
            report.goals.append(Goal(name, peak / len(market.posting), bound))


def _measure_peers(report: Report, size: str, market: ArrayMarket) -> None:
    bare = without_reserves(market)
    ours = match_arrays(bare, "numpy").assignment.tolist()
    for name, run in PEERS.items():
        progress(f"{size}, {name}")
        try:
            seconds, theirs = run(bare)
        except ImportError as error:
            report.times.append(Time(name, size, None, 0, f"not installed: {error.name}"))
        except Exception as error:
            report.times.append(Time(name, size, None, 0, f"could not run: {error!r:.80}"))
        else:
            same = "same result as ours" if theirs == ours else "ANOTHER result than ours"
            report.times.append(Time(name, size, seconds, 1, f"no reserves; {same}"))


def _measure_large(report: Report, people: int, postings: int) -> None:
    """Measure in a process of its own, whose whole memory counts."""
    size = _name(people, postings)
    progress(size)
    command = [sys.executable, "-m", "clearinghouse.bench", "engine", "--child"]
    done = subprocess.run(
        [*command, str(people), str(postings)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        report.times.append(Time("numba", size, None, 0, done.stderr.strip()[-200:]))
        return
    values = json.loads(done.stdout)
    for name, seconds in values["seconds"].items():
        report.times.append(Time(name, size, seconds, 1))
    note = "the whole process, market included"
    report.goals.append(Goal(f"GB of memory, {size}", values["gigabytes"], 2, note=note))


def _child(people: int, postings: int) -> int:
    import resource  # noqa: PLC0415 - Windows has none

    market = generate(people, postings, SEED)
    match_arrays(generate(1000, 20, SEED), "numba")
    report = Report("")
    keys = np.random.default_rng(SEED).integers(0, 1 << 48, len(market.posting))
    report.race("", {"numpy.sort of the wishes": keys.sort}, runs=1)
    del keys
    accelerator = accelerator_in_use("numba")
    plan = match_arrays(market, accelerator)
    report.race("", {accelerator: partial(match_arrays, market, accelerator)}, runs=2)
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    report.race("", {"verify": partial(verify_arrays, market, plan)}, runs=1)
    seconds = {row.name: row.seconds for row in report.times}
    print(json.dumps({"seconds": seconds, "gigabytes": gigabytes}))
    return 0


def _measure_chain(report: Report, links: int) -> None:
    """Time markets made to hurt: one newcomer who moves everybody, and arrivals ever better."""
    if accelerator_in_use("numba") != "numba":
        return
    from clearinghouse.engine.fast.compiled import match_by_heaps  # noqa: PLC0415 - loads Numba

    for name, market in (("chain", chain(links)), ("rising", rising(links))):
        progress(f"adversarial market: {name}")
        runners = {
            f"{name}, numba": partial(match_arrays, market, "numba"),
            f"{name}, pure heaps": partial(match_by_heaps, market),
        }
        for runner in runners.values():
            runner()
        runners[f"{name}, numpy"] = partial(match_arrays, market, "numpy")
        report.race(f"{links:,}", runners, runs=3)


def chain(links: int) -> ArrayMarket:
    """Return a market where the last applicant moves everyone else by one posting."""
    first = np.arange(links - 1)
    posting = np.append(np.stack([first, first + 1], axis=1).reshape(-1), 0)
    points = np.append(np.tile([5, 9], links - 1), 9)
    return _uniform(np.append(np.arange(0, 2 * links - 1, 2), 2 * links - 1), posting, points, 1)


def rising(links: int) -> ArrayMarket:
    """Return a market where everyone asks the same two postings, each better than the last."""
    market = _uniform(
        np.arange(0, 2 * links + 1, 2), np.tile([0, 1], links), np.zeros(2 * links), links // 4
    )
    return replace(market, lottery=np.arange(links)[::-1].copy())


def _uniform(
    indptr: np.ndarray, posting: np.ndarray, points: np.ndarray, quota: int
) -> ArrayMarket:
    people, postings = len(indptr) - 1, int(posting.max()) + 1
    return ArrayMarket(
        indptr=indptr.astype(np.int64),
        posting=posting.astype(np.int32),
        points=points.astype(np.uint16),
        protected=np.zeros(people, np.uint8),
        lottery=np.arange(people, dtype=np.int64),
        quota=np.full(postings, quota, np.int32),
        reserve=np.zeros(postings, np.int32),
        order=np.zeros(postings, np.uint8),
        cap=np.full(postings, -1, np.int32),
        cap_limit=np.empty(0, np.int32),
    )


def _add_goals(report: Report, sizes: Sequence[tuple[int, int]]) -> None:
    for people, postings in sizes:
        size = _name(people, postings)
        if people == SIZES[0][0]:
            report.goal("matching / numba", ("matching", "numba"), size, 3000, at_least=True)
            report.goal("matching / numpy", ("matching", "numpy"), size, 300, at_least=True)
        if people == SIZES[2][0]:
            sort = "numpy.sort of the wishes"
            report.goal("numba / sort", ("numba", sort), size, 2)
            report.goal("plain / numba", ("plain Python", "numba"), size, 25, at_least=True)
            report.goal("caps / flat, numba", ("numba, state caps", "numba"), size, 4)
            report.goal("verify / numba", ("verify", "numba"), size, 0.5)
            report.goal("verify / numpy", ("verify", "numpy"), size, 0.5)
    for name in ("chain", "rising"):
        links = next((row.size for row in report.times if row.name.startswith(name)), "")
        report.goal(f"{name} / pure heaps", (f"{name}, numba", f"{name}, pure heaps"), links, 5)
    ends = [pair for pair in sizes if pair[0] >= SIZES[1][0]]
    if len(ends) > 1:
        first, last = (report.seconds("numba", _name(*pair)) for pair in (ends[0], ends[-1]))
        growth = ends[-1][0] / ends[0][0]
        exponent = math.log(last / first, growth) if first and last else None
        name = f"growth exponent, {ends[0][0]:,} to {ends[-1][0]:,}"
        report.goals.append(Goal(name, exponent, 1.15))
