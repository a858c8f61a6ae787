"""A round as one archive: whole for those who may read sealed input, in numbers for everybody."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from clearinghouse import engine
from clearinghouse.matching import bundling, merkle, snapshot
from clearinghouse.matching.enums import Status
from clearinghouse.matching.models import Round, Run, SealedPosting
from clearinghouse.matching.permissions import check_can_read_sealed, not_found
from clearinghouse.matching.queries.draws import (
    find_rules,
    find_self_test,
    repeat_chain,
    results_of,
)
from clearinghouse.matching.queries.results import PublicResult, list_results, summary_of
from clearinghouse.matching.queries.rounds import list_certifications, list_secrets

BUNDLE_FORMAT = "mvch-bundle/1"
_PIECE = 1000
_COUNTED = ("applicants", "placed", "protected_placed", "reserved_filled")
_TIMES = (
    "opened_at",
    "sealed_at",
    "drawn_at",
    "verified_at",
    "certified_at",
    "released_at",
    "voided_at",
)


def sealed_bundle(round_: Round, *, actor: Any) -> Iterator[bytes]:
    """Return the whole round as a zip under its pseudonyms, in pieces; from the seal on.

    It holds rules, secrets, the market, the leaf salts, and the plan of every generation with the
    published difference to the sealed input.
    """
    check_can_read_sealed(actor, round_)
    if round_.sealed_at is None:
        raise not_found()
    files = chain(_common(round_, whole=True), _sealed(round_), _plans(round_))
    return bundling.zip_bytes(files, _facts(round_, "sealed"))


def public_bundle(round_: Round) -> bytes:
    """Return what everybody may know of a round as a zip: no market, and results as on its page."""
    if round_.status == Status.PLANNED:
        raise not_found()
    files = chain(_common(round_, whole=False), [("result.json", [_canonical(_result(round_))])])
    return b"".join(bundling.zip_bytes(files, _facts(round_, "public")))


def _facts(round_: Round, kind: str) -> dict[str, object]:
    older = [row.number for row in repeat_chain(round_)[1:]]
    return {
        "format": BUNDLE_FORMAT,
        "kind": kind,
        "round": round_.number,
        "status": round_.status,
        "repeat_of": older,
        "void_reason": round_.void_reason,
        "rules_digest": round_.rules_digest,
        "input_digest": round_.input_digest,
        "merkle_root": round_.merkle_root,
        "seed": round_.seed,
        "market_digest": round_.market_digest,
        "plan_digest": round_.plan_digest,
        "engine": round_.engine_version,
        "times": {
            name: at.isoformat() for name in _TIMES if (at := getattr(round_, name)) is not None
        },
    }


def _common(round_: Round, *, whole: bool) -> Iterator[tuple[str, Iterable[bytes]]]:
    rules = find_rules(round_)
    if rules is not None:
        yield "rules.json", [rules.encode()]
    secrets = [
        {"party": row.party, "commitment": row.commitment, "secret": row.secret or None}
        for row in list_secrets(round_)
    ]
    yield "secrets.json", [_canonical(secrets)]
    test = results_of(find_self_test(round_), whole=whole)
    times = [row.at.isoformat() for row in list_certifications(round_)]
    checks = {"certified": times, "self_test": test}
    yield "checks.json", [_canonical(checks)]


def _sealed(round_: Round) -> Iterator[tuple[str, Iterable[bytes]]]:
    yield "market.json", _market(round_)
    salts = (merkle.leaf_salt(round_.salt, row.id).hex() for row in snapshot.stream(round_))
    yield "leaves.json", _list(f'"{salt}"'.encode() for salt in salts)


def _market(round_: Round) -> Iterator[bytes]:
    """Yield the canonical market, whose SHA-256 is the input digest or, drawn, the market's."""
    postings = tuple(
        engine.Posting(row.posting, row.state, row.places, row.reserve, engine.Order(row.order))
        for row in SealedPosting.objects.filter(round=round_)
    )
    rest = engine.market_to_json(engine.Market(round_.seed, postings, (), ()))
    rest.pop("candidates")
    yield b'{"candidates":'
    entries = (_canonical(merkle.entry_of(candidate)) for candidate in snapshot.stream(round_))
    yield from _list(entries)
    yield b"," + _canonical(rest)[1:]


def _plans(round_: Round) -> Iterator[tuple[str, Iterable[bytes]]]:
    runs = Run.objects.filter(round=round_, discarded_at__isnull=True).exclude(plan_digest="")
    for run in runs.order_by("generation"):
        plan = engine.plan_to_json(snapshot.plan_of(run))
        if run.generation == 0:
            yield "plan.json", [_canonical(plan)]
            continue
        change = {
            "generation": run.generation,
            "withdrawn": run.withdrawn,
            "accepted": run.accepted,
            "plan": plan,
        }
        yield f"refill-{run.generation}.json", [_canonical(change)]


def _result(round_: Round) -> dict[str, object]:
    summary = summary_of(round_)
    if summary is None:
        return {"summary": None, "postings": []}
    release = summary.release
    return {
        "summary": {
            "release": release.number,
            "reason": release.reason,
            "digest": release.digest,
            "generation": summary.generation,
            "market_digest": summary.market_digest,
            "plan_digest": summary.plan_digest,
            "postings": summary.postings,
            "places": summary.places,
            "reserve": summary.reserve,
            **{name: getattr(summary, name).to_json() for name in _COUNTED},
        },
        "postings": [_posting(row) for row in list_results(round_)],
    }


def _posting(row: PublicResult) -> dict[str, object]:
    return {
        "id": row.posting,
        "state": row.state,
        "quota": row.places,
        "reserve": row.reserve,
        "order": row.order,
        "filled": row.filled.value,
        "filled_status": row.filled.precision.value,
        "full": row.full,
        "others_points": row.others_points,
        "protected_points": row.protected_points,
        "suppressed": row.suppressed,
    }


def _list(items: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a JSON list of values in pieces of a thousand."""
    yield b"["
    held: list[bytes] = []
    start = b""
    for item in items:
        held.append(item)
        if len(held) == _PIECE:
            yield start + b",".join(held)
            start, held = b",", []
    if held:
        yield start + b",".join(held)
    yield b"]"


def _canonical(value: object) -> bytes:
    return engine.canonical_bytes(value)
