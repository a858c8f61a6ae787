"""Signed words on all streams at one moment, kept in a table and outside the database.

Who rewrites the whole chain cannot sign, and who puts an older database back cannot take the
copies away that states, the ombudsperson and workers hold.
"""

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from clearinghouse.audit import chaining
from clearinghouse.audit.models import ChainState, Checkpoint
from clearinghouse.shared import merkle, signing

log = logging.getLogger(__name__)

KIND: Final = "mvch-checkpoint"
FORMAT: Final = "mvch-checkpoint/1"
_SINCE: Final = """
    SELECT l.stream, l.position, l.digest FROM audit_link l
    JOIN unnest(%s::text[], %s::bigint[]) AS s(name, size)
      ON l.stream = s.name COLLATE "C" AND l.position > s.size
    ORDER BY l.stream, l.position
"""


@transaction.atomic
def make(*, now: datetime) -> Checkpoint:
    """Link what is new, then sign the state of all streams; return the checkpoint.

    Nothing more is signed while the copy of the latest one cannot be written outside the
    database, or while another one of the next number stands there already.
    """
    chaining.link_entries(wait=True)
    latest = Checkpoint.objects.order_by("-number").first()
    number = 1 if latest is None else latest.number + 1
    if latest is not None:
        keep_outside(latest)
    _check_free(number)
    sizes = {} if latest is None else latest.sizes
    with connection.cursor() as cursor:
        heads = chaining.heads_of(cursor)
        cursor.execute(_SINCE, [list(heads), [sizes.get(name, 0) for name in heads]])
        leaves = [merkle.leaf_of(bytes(digest)) for _name, _position, digest in cursor.fetchall()]
    state = ChainState.objects.get()
    entries = len(leaves)
    leaves += head_leaves(heads)
    chunks = merkle.chunks_of(leaves)
    token = signing.sign(
        {
            "format": FORMAT,
            "number": number,
            "at": now.astimezone(UTC).isoformat(),
            "previous": "" if latest is None else latest.digest,
            "streams": streams_of(heads),
            "entries": entries,
            "snapshot": state.snapshot,
            "cluster": state.cluster,
            "root": merkle.root_of(chunks).hex(),
        },
        kind=KIND,
    )
    made = Checkpoint.objects.create(
        number=number,
        at=now,
        token=token,
        digest=digest_of(token),
        entries=entries,
        sizes={name: size for name, (size, _hash) in heads.items()},
        chunks=chunks,
    )
    transaction.on_commit(lambda: keep_outside(made))
    return made


def streams_of(heads: Mapping[str, tuple[int, bytes]]) -> list[dict[str, Any]]:
    """Return what a checkpoint says of each stream, by name."""
    return [
        {"name": name, "size": heads[name][0], "head": heads[name][1].hex()}
        for name in sorted(heads)
    ]


def head_leaves(heads: Mapping[str, tuple[int, bytes]]) -> list[bytes]:
    """Return one leaf for each stream's head, by name."""
    return [
        merkle.leaf_of(f"{row['name']}|{row['size']}|{row['head']}".encode())
        for row in streams_of(heads)
    ]


def digest_of(token: str) -> str:
    """Return the digest by which the next checkpoint names this one."""
    return hashlib.sha256(token.encode("ascii")).hexdigest()


def file_name(number: int) -> str:
    """Return the name of a checkpoint's file."""
    return f"checkpoint-{number:08d}.jws"


def keep_outside(checkpoint: Checkpoint) -> None:
    """Write the copy outside the database; one that is there already must be the same."""
    folder = Path(settings.CHECKPOINT_DIR)
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    path = folder / file_name(checkpoint.number)
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix=".", encoding="ascii") as file:
        file.write(f"{checkpoint.token}\n")
        file.flush()
        os.fsync(file.fileno())
        Path(file.name).chmod(0o644)
        with suppress(FileExistsError):
            os.link(file.name, path)
    if path.read_text(encoding="ascii").strip() != checkpoint.token:
        raise _replaced(path)


def _check_free(number: int) -> None:
    path = Path(settings.CHECKPOINT_DIR) / file_name(number)
    if path.exists():
        raise _replaced(path)


def _replaced(path: Path) -> RuntimeError:
    log.error("another checkpoint is kept outside", extra={"file": path.name})
    return RuntimeError(
        f"{path.name} outside the database is another checkpoint than the one inside: the database"
        " is older than its copies, or was rewritten. Run `manage verify_audit`."
    )


def read_outside(places: Iterable[Path]) -> dict[str, str]:
    """Return the tokens of checkpoint files, by where they stand; folders give all they hold."""
    found: dict[str, str] = {}
    for place in places:
        files = sorted(place.glob("*.jws")) if place.is_dir() else [place]
        for path in files:
            found[str(path)] = path.read_text(encoding="ascii", errors="replace").strip()
    return found
