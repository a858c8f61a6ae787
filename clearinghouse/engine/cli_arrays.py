"""The same three commands for .npz archives."""

import argparse
from pathlib import Path

from .archives import read_market_archive, read_plan_archive, write_plan_archive
from .array_explaining import explain_arrays
from .errors import InputError, refusal
from .explaining import Explanation
from .fast import check_plan_arrays, match_arrays, verify_arrays
from .plain import match_arrays_plain

SUFFIX = ".npz"


def is_archive(path: Path) -> bool:
    """Tell whether a market file is an archive of arrays."""
    return path.suffix == SUFFIX


def match(options: argparse.Namespace) -> int:
    """Write the plan of a market; it needs a file of its own."""
    market = read_market_archive(options.market).market
    out = Path(options.out)
    if not is_archive(out):
        raise refusal(options.out, f"must be a {SUFFIX} file when the market is one")
    plan = (
        match_arrays_plain(market)
        if options.engine == "plain"
        else match_arrays(market, options.engine)
    )
    write_plan_archive(out, market, plan)
    return 0


def verify(options: argparse.Namespace) -> list[str]:
    """Return what is wrong with a plan, one line each."""
    market = read_market_archive(options.market).market
    plan, unfit = read_plan_archive(_plan_path(options), market)
    findings = [f"{name}_wrong: the digest does not fit" for name in _codes(unfit)]
    try:
        return findings + [str(finding) for finding in verify_arrays(market, plan)]
    except InputError as error:
        raise error.in_file(str(options.plan)) from error


def explain(options: argparse.Namespace) -> Explanation:
    """Return one candidate's reasons."""
    named = read_market_archive(options.market)
    plan, unfit = read_plan_archive(_plan_path(options), named.market)
    if "market_digest" in unfit:
        raise refusal(str(options.plan), "market_digest: the plan belongs to another market")
    try:
        check_plan_arrays(named.market, plan)
        return explain_arrays(named, plan, options.candidate)
    except InputError as error:
        raise error.in_file(str(options.plan)) from error


def _codes(unfit: list[str]) -> list[str]:
    return ["plan_digest" if name == "digest" else name for name in unfit]


def _plan_path(options: argparse.Namespace) -> Path:
    path: Path = options.plan
    if not is_archive(path):
        raise refusal(str(path), f"must be a {SUFFIX} file when the market is one")
    return path
