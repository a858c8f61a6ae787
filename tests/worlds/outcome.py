"""The outcome channel (trust.md 4.4): the one table of what may differ, and when.

It is open only in histories in which the person enters a round, only on these routes, and only for
that round from its seal on. Everywhere else, and in every other history, no byte may differ. No
number of people stands in it: those come from releases (`clearinghouse/statistics`), in which one
person more or less does not show.
"""

import io
import re
import zipfile
from dataclasses import dataclass

from tests.worlds.doors import Answer


@dataclass(frozen=True)
class Line:
    """One line of the table: which answers, which of their bytes, and why they must move."""

    routes: tuple[str, ...]
    pattern: bytes
    because: str


_ARCHIVES = ("public-round-bundle", "api-round-public-bundle")

TABLE: tuple[Line, ...] = (
    Line(
        ("public-results", "public-result", "public-round", "operations-round"),
        rb"(?<=>)[0-9a-f]{16}(?:[0-9a-f]{48}|\xe2\x80\xa6)(?=<)",
        "digests and seed bind the sealed lists, and the person's is one",
    ),
    Line(
        ("api-rounds", "api-round", "api-round-reserve", "api-round-numbers"),
        rb'"(?:input_digest|seed|market_digest|plan_digest|merkle_root|digest)":"[0-9a-f]{64}"',
        "the same, for programs; the digest of a release binds those of the result",
    ),
    Line(
        _ARCHIVES,
        rb'"(?:input_digest|seed|market_digest|plan_digest|merkle_root|digest|sha256)"'
        rb':"[0-9a-f]{64}"',
        "the same in the public archive, and the digests of its files, which hold them",
    ),
    Line(
        ("api-quota-moves",),
        rb'"id":"[0-9a-f-]{36}"',
        "random, drawn at the release after the ids of the person's posting",
    ),
)


def without_outcome(answer: Answer) -> tuple[tuple[tuple[str, str], ...], bytes]:
    """Return headers and body with what the table lets differ taken out."""
    lines = [line for line in TABLE if answer.route in line.routes]
    body = _opened(answer.body) if answer.route in _ARCHIVES else answer.body
    for line in lines:
        body = re.sub(line.pattern, b"<outcome>", body, flags=re.DOTALL)
    headers = (pair for pair in answer.headers if not (lines and pair[0] == "content-length"))
    return tuple(headers), body


def _opened(body: bytes) -> bytes:
    """Return names and content of the files of an archive; anything else as it is."""
    if not body.startswith(b"PK"):
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return b"\n".join(name.encode() + b"\n" + archive.read(name) for name in archive.namelist())
