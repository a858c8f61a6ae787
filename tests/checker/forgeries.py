"""What a forger may do to a bundle, each kind by its name."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from clearinghouse import engine

Files = dict[str, Any]
Change = Callable[[Files], None]


def unpack(content: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def pack(files: Files, path: Path, *, honest: bool = True) -> Path:
    """Write an archive; `honest` means that a forger has mended the manifest's file digests."""
    manifest = files["manifest.json"]
    parts = {name: engine.canonical_bytes(value) for name, value in files.items()}
    if honest:
        for name in manifest["files"]:
            if name in parts:
                digest = hashlib.sha256(parts[name]).hexdigest()
                manifest["files"][name] = {"sha256": digest, "size": len(parts[name])}
    parts["manifest.json"] = engine.canonical_bytes(manifest)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def spots(node: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value inside a value."""
    if isinstance(node, dict):
        steps: list[tuple[Any, Any]] = list(node.items())
    else:
        steps = list(enumerate(node)) if isinstance(node, list) else []
    for step, inner in steps:
        yield (*way, step)
        yield from spots(inner, (*way, step))


def scramble(files: Files, rng: Random) -> None:
    """Replace or drop one value somewhere in an archive."""
    name = rng.choice(sorted(files))
    *way, last = rng.choice(list(spots(files[name])))
    node = files[name]
    for step in way:
        node = node[step]
    if rng.random() < 0.2:
        del node[last]
    else:
        node[last] = rng.choice([None, True, -1, 10**30, "", "x", [], {}, [1], "0" * 64, 65_536])


def swap_two(files: Files) -> None:
    rows = [row for row in files["plan.json"]["assignments"] if row["posting"]]
    one, two = rows[0], next(row for row in rows if row["posting"] != rows[0]["posting"])
    one["posting"], two["posting"] = two["posting"], one["posting"]


def drop_one(files: Files) -> None:
    next(row for row in files["plan.json"]["assignments"] if row["posting"]).update(
        posting=None, seat=None
    )


def overfill(files: Files) -> None:
    posting = files["plan.json"]["cutoffs"][0]["posting"]
    for row in files["plan.json"]["assignments"]:
        row.update(posting=posting, seat="open")


def revert_early(files: Files) -> None:
    next(row for row in files["plan.json"]["assignments"] if row["seat"] == "reserved").update(
        seat="reverted"
    )


def forge_cutoff(files: Files) -> None:
    bar = next(row["others"] for row in files["plan.json"]["cutoffs"] if row["others"])
    bar["points"] += 1


def forget_person(files: Files) -> None:
    files["plan.json"]["assignments"].pop()


def more_points(files: Files) -> None:
    files["market.json"]["candidates"][0]["wishes"][0]["points"] += 1


def become_protected(files: Files) -> None:
    person = files["market.json"]["candidates"][0]
    person["protected"] = not person["protected"]


def other_quota(files: Files) -> None:
    files["market.json"]["postings"][0]["quota"] += 1


def other_seed(files: Files) -> None:
    files["manifest.json"]["seed"] = files["market.json"]["seed"] = "1" * 64


def other_secret(files: Files) -> None:
    row = next(row for row in files["secrets.json"] if row["secret"])
    row["secret"] = "cd" * 32


def late_party(files: Files) -> None:
    secret = "99" * 32
    commitment = hashlib.sha256(bytes.fromhex(secret)).hexdigest()
    files["secrets.json"].append({"party": "XX", "commitment": commitment, "secret": secret})


def other_rules(files: Files) -> None:
    files["rules.json"]["postings"][0]["reserve"] = 0


def other_salt(files: Files) -> None:
    files["leaves.json"][0] = "00" * 32


def other_root(files: Files) -> None:
    files["manifest.json"]["merkle_root"] = "0" * 64


def unfair_statistics(files: Files) -> None:
    files["checks.json"]["self_test"][0].update(z="9.00", passed=False)


def wider_bound(files: Files) -> None:
    files["checks.json"]["self_test"][0].update(z="9.00", bound="10.00")


def one_certifier(files: Files) -> None:
    files["checks.json"]["certified"].pop()


def other_refill(files: Files) -> None:
    refill = files["refill-1.json"]
    placed = next(row for row in refill["plan"]["assignments"] if row["posting"])
    refill["withdrawn"].append(placed["candidate"])


def refill_takes_a_place(files: Files) -> None:
    rows = files["refill-1.json"]["plan"]["assignments"]
    next(row for row in rows if row["posting"]).update(posting=None, seat=None)


def missing_file(files: Files) -> None:
    del files["checks.json"]


FAULTS: list[Change] = [
    swap_two, drop_one, overfill, revert_early, forge_cutoff, forget_person, more_points,
    become_protected, other_quota, other_seed, other_secret, late_party, other_rules, other_salt,
    other_root, unfair_statistics, wider_bound, one_certifier, other_refill, refill_takes_a_place,
]  # fmt: skip


def reseal(files: Files) -> None:
    """Mend every digest that a forger of the archive could mend, the published ones too."""
    manifest, plan = files["manifest.json"], files["plan.json"]
    market = {name: part for name, part in files["market.json"].items() if name != "seed"}
    digest = lambda value: hashlib.sha256(engine.canonical_bytes(value)).hexdigest()  # noqa: E731
    manifest["input_digest"] = digest(market)
    manifest["market_digest"] = plan["market_digest"] = digest(files["market.json"])
    manifest["rules_digest"] = digest(files["rules.json"])
    plan["digest"] = digest({name: part for name, part in plan.items() if name != "digest"})
    manifest["plan_digest"] = plan["digest"]
