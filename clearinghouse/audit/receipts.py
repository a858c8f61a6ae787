"""Receipts: that an act of a person stands in a signed checkpoint, to be checked by anybody.

A receipt holds the act's own text, its place, the neighbours up to the root, and the checkpoint.
`verify_round.py` checks it without us; see docs/audit.md.
"""

from typing import Any, Final

from django.db import connection

from clearinghouse.audit.checkpoints import KIND, head_leaves
from clearinghouse.audit.digests import ENTRY_TEXTS, use_one_text
from clearinghouse.audit.enums import Source, Verb
from clearinghouse.audit.models import Checkpoint, Event, Link
from clearinghouse.shared import merkle, signing

FORMAT: Final = "mvch-receipt/1"
# The acts by which a person takes part.
ACTS: Final = (Verb.APPLICATION_SUBMITTED, Verb.NOMINATION_CONFIRMED)
_TEXT: Final = f"SELECT {ENTRY_TEXTS[Source.EVENT]} FROM audit_event t WHERE t.id = %s"  # noqa: S608
_CHUNK: Final = """
    SELECT l.digest FROM audit_link l
    JOIN unnest(%s::text[], %s::bigint[], %s::bigint[]) AS s(name, low, high)
      ON l.stream = s.name COLLATE "C" AND l.position > s.low AND l.position <= s.high
    ORDER BY l.stream, l.position OFFSET %s LIMIT %s
"""


def receipt_of(kind: str, subject: object) -> dict[str, Any] | None:
    """Return the receipt for the latest act by which a person takes part, on one row.

    None while no checkpoint holds it. The caller has checked whose row it is.
    """
    event = _latest(kind, subject)
    link = event and Link.objects.filter(source=Source.EVENT, entry=event.pk).first()
    if not link:
        return None
    holding = Checkpoint.objects.filter(**{f"sizes__{link.stream}__gte": link.position})
    checkpoint = holding.order_by("number").first()
    return None if checkpoint is None else _receipt(link, checkpoint)


def _latest(kind: str, subject: object) -> Event | None:
    rows = Event.objects.filter(subject_kind=kind, subject=str(subject), verb__in=ACTS)
    return rows.order_by("-at", "-id").first()


def _receipt(link: Link, checkpoint: Checkpoint) -> dict[str, Any]:
    before = Checkpoint.objects.filter(number=checkpoint.number - 1).first()
    names = sorted(checkpoint.sizes)
    low = [before.sizes.get(name, 0) if before else 0 for name in names]
    high = [checkpoint.sizes[name] for name in names]
    place = names.index(link.stream)
    index = sum(high[:place]) - sum(low[:place]) + link.position - low[place] - 1
    chunk = index // merkle.CHUNK
    with connection.cursor() as cursor:
        use_one_text(cursor)
        cursor.execute(_TEXT, [link.entry])
        text: str = cursor.fetchone()[0]
        cursor.execute(_CHUNK, [names, low, high, chunk * merkle.CHUNK, merkle.CHUNK])
        leaves = [merkle.leaf_of(bytes(digest)) for (digest,) in cursor.fetchall()]
    # Streams come after all entries; the last chunk holds both.
    leaves = [*leaves, *head_leaves(_signed_heads(checkpoint))][: merkle.CHUNK]
    roots = [bytes(root) for root in checkpoint.chunks]
    path = merkle.path_of(index % merkle.CHUNK, leaves) + merkle.path_of(chunk, roots)
    return {
        "format": FORMAT,
        "source": Source.EVENT.value,
        "entry": text,
        "stream": link.stream,
        "position": link.position,
        "index": index,
        "size": checkpoint.entries + len(names),
        "path": [node.hex() for node in path],
        "checkpoint": checkpoint.token,
    }


def _signed_heads(checkpoint: Checkpoint) -> dict[str, tuple[int, bytes]]:
    document = signing.open_signed(checkpoint.token, kind=KIND).document
    return {row["name"]: (row["size"], bytes.fromhex(row["head"])) for row in document["streams"]}
