"""The command line: match, verify, explain. Needs no database.

Exit codes: 0 done or verified; 1 the verifier found something; 2 unreadable input.
"""

import argparse
import io
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from . import cli_arrays
from .errors import InputError, refusal
from .explaining import Explanation, UnknownCandidateError, explain, explanation_to_json
from .fast import allow_numba
from .files import read_json
from .matching import match
from .plain import match_plain
from .plan_reading import read_plan
from .prose import explanation_text
from .reading import read_market
from .types import Market, Plan
from .verifier import verify
from .writing import canonical_bytes, plan_to_json

Value = TypeVar("Value")

DONE, FOUND, UNREADABLE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    # Identifiers may hold any character; a terminal that cannot show one must not stop us.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        exit_code: int = options.command(options)
    except InputError as error:
        print(error, file=sys.stderr)
        return UNREADABLE
    return exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run.py", description="Match a market, verify a plan, explain a result."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    market = argparse.ArgumentParser(add_help=False)
    market.add_argument(
        "market",
        type=Path,
        metavar="MARKET",
        help="mvch-market/1 file (.json), or its arrays (.npz)",
    )
    plan = argparse.ArgumentParser(add_help=False)
    plan.add_argument(
        "plan", type=Path, metavar="PLAN", help="mvch-plan/1 file (.json), or its arrays (.npz)"
    )

    command = commands.add_parser("match", parents=[market], help="compute the plan of a market")
    command.add_argument("--out", default="-", metavar="PLAN", help="file to write; - for stdout")
    command.add_argument(
        "--engine",
        choices=("auto", "numba", "numpy", "plain"),
        default=None,
        help="auto: ENGINE_ACCELERATOR, else Numba for large markets; plain: second implementation",
    )
    command.set_defaults(command=_match)
    command = commands.add_parser("verify", parents=[market, plan], help="check a plan")
    command.set_defaults(command=_verify)
    command = commands.add_parser("explain", parents=[market, plan], help="explain one result")
    command.add_argument("candidate", metavar="CANDIDATE", help="identifier in the market")
    command.add_argument("--json", action="store_true", help="print codes and numbers instead")
    command.set_defaults(command=_explain)
    return parser


def _match(options: argparse.Namespace) -> int:
    allow_numba()
    if cli_arrays.is_archive(options.market):
        return cli_arrays.match(options)
    market = _market(options)
    plan = match_plain(market) if options.engine == "plain" else match(market, options.engine)
    content = canonical_bytes(plan_to_json(plan))
    if options.out == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return DONE
    try:
        Path(options.out).write_bytes(content)
    except OSError as error:
        raise refusal(options.out, f"cannot be written: {error.strerror}") from error
    return DONE


def _verify(options: argparse.Namespace) -> int:
    if cli_arrays.is_archive(options.market):
        findings = cli_arrays.verify(options)
    else:
        market, plan = _market(options), _plan(options)
        findings = [f"{finding.code}: {finding.message}" for finding in verify(market, plan)]
    for finding in findings:
        print(finding)
    if findings:
        print(f"not verified: {len(findings)} findings")
        return FOUND
    print("verified")
    return DONE


def _explain(options: argparse.Namespace) -> int:
    try:
        explanation = _explanation(options)
    except UnknownCandidateError as error:
        raise refusal(
            str(options.market), f"there is no candidate {options.candidate!r}"
        ) from error
    if options.json:
        print(json.dumps(explanation_to_json(explanation), indent=2, ensure_ascii=False))
    else:
        print(explanation_text(explanation))
    return DONE


def _explanation(options: argparse.Namespace) -> Explanation:
    if cli_arrays.is_archive(options.market):
        return cli_arrays.explain(options)
    return explain(_market(options), _plan(options), options.candidate)


def _market(options: argparse.Namespace) -> Market:
    return _read(options.market, read_market)


def _plan(options: argparse.Namespace) -> Plan:
    return _read(options.plan, read_plan)


def _read(path: Path, reader: Callable[[object], Value]) -> Value:
    data = read_json(path)
    try:
        return reader(data)
    except InputError as error:
        raise error.in_file(str(path)) from error
