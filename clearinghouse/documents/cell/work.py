"""What the cell does once: load, close the door, read one document, hand out another, end.

Input and output are pipes. The answer is one line of JSON, `{"kind": ..., "pages": ...}` or
`{"refused": ...}`, and then the new file.
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Final

from clearinghouse.documents.cell import confine, pictures
from clearinghouse.documents.cell.refusal import Refusal
from clearinghouse.documents.limits import Limits

Result = tuple[str, int, bytes]
"""Kind, number of pages, and the bytes of a document written anew."""

Treatment = Callable[[bytes], Result]
_CHUNK: Final = 1 << 20


def main() -> None:
    """Do the whole work of this process: the command line says the kind, then the limits."""
    kind, limits = sys.argv[1], Limits(*map(int, sys.argv[2:]))
    treat = warm_up(kind, limits)
    try:
        confine.close_the_door(memory=limits.memory, cpu=limits.cpu)
    except OSError:
        answer(_refuse_as_unsafe)
    answer(lambda: treat(_everything(limits.size)))


def warm_up(kind: str, limits: Limits) -> Treatment:
    """Return what treats documents of a kind, used once already: nothing is left to load."""
    small = pictures.Image.new("RGBA" if kind == "png" else "RGB", (8, 8), "white")
    sample = pictures.write(small, "PNG" if kind == "png" else "JPEG")
    if kind == "pdf":
        # Loaded here and not above: a picture never meets this library.
        from clearinghouse.documents.cell import pages  # noqa: PLC0415

        sample = pages.bind([pages.Page(jpeg=sample, pixels=(8, 8), points=(8.0, 8.0))])

    def treat(content: bytes) -> Result:
        if kind == "pdf":
            count, written = pages.rewrite(content, limits)
            return kind, count, _not_too_large(written, limits)
        written_as, written = pictures.rewrite(content, kind, limits)
        return written_as, 1, _not_too_large(written, limits)

    treat(sample)
    return treat


def answer(work: Callable[[], Result]) -> None:
    """Say on standard output what came of the work, and end without looking back."""
    written = b""
    try:
        kind, count, written = work()
        said: dict[str, object] = {"kind": kind, "pages": count}
    except Refusal as refusal:
        said = {"refused": refusal.args[0]}
    except MemoryError:
        said = {"refused": "too_hard"}
    _send(json.dumps(said).encode() + b"\n" + written)
    os._exit(0)


def _not_too_large(written: bytes, limits: Limits) -> bytes:
    if len(written) > limits.result:
        raise Refusal("too_large")
    return written


def _refuse_as_unsafe() -> Result:
    raise Refusal("unsafe")


def _everything(most: int) -> bytes:
    chunks, room = [], most + 1
    while room > 0 and (chunk := os.read(0, min(_CHUNK, room))):
        chunks.append(chunk)
        room -= len(chunk)
    if room <= 0:
        raise Refusal("too_large")
    return b"".join(chunks)


def _send(content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(1, view) :]
