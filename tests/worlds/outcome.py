"""The outcome channel (trust.md 4.4): the one table of what may differ, and when.

It is open only in histories in which the person enters a round, only on these routes, and only for
that round from its seal on. Everywhere else, and in every other history, no byte may differ.
"""

import re
from dataclasses import dataclass

from tests.worlds.doors import Answer

SOLO = b"DE-2026-003"
"""The posting that the person alone asks for, so that nobody else's result may move."""


@dataclass(frozen=True)
class Line:
    """One line of the table: which answers, which of their bytes, and why they must move."""

    routes: tuple[str, ...]
    pattern: bytes
    because: str


_DIGEST = rb"(?<=>)[0-9a-f]{16}(?:[0-9a-f]{48}|\xe2\x80\xa6)(?=<)"
_COUNT = rb"(?:<bdi>\d+</bdi>)"
_PAGES = ("public-results", "public-result", "public-round", "operations-round")
_PROGRAMS = ("api-rounds", "api-round", "api-round-reserve")

TABLE: tuple[Line, ...] = (
    Line(_PAGES, _DIGEST, "digests and seed bind the sealed lists, and the person's is one"),
    Line(
        _PROGRAMS,
        rb'"(?:input_digest|seed|market_digest|plan_digest|merkle_root)":"[0-9a-f]{64}"',
        "the same, for programs",
    ),
    Line(
        ("public-result", "operations-round"),
        rb"<li><span>People (?:who took part|placed)</span><span class=\"stat-value\">" + _COUNT,
        "how many took part and were placed is published with the result",
    ),
    Line(
        ("operations-round",),
        rb"<dt>Sealed ballots</dt><dd>" + _COUNT,
        "the same number, for the parties of the draw",
    ),
    Line(_PROGRAMS, rb'"(?:applicants|placed)":\d+', "the same, for programs"),
    Line(
        ("public-result", "operations-round"),
        rb"<tr>(?:(?!</tr>).)*" + SOLO + rb".*?</tr>",
        "the published result of the posting that the person asked for",
    ),
    Line(_PROGRAMS, rb'\{"posting":"' + SOLO + rb'"[^}]*\}', "the same, for programs"),
    Line(
        ("public-round", "operations-round"),
        _COUNT + rb'</td><td class="number" data-label="Distance from chance">.*?</td>',
        "the self-test compares lottery numbers, which the seed gives",
    ),
    Line(_PROGRAMS, rb'"z":"[-0-9.]+"|"people":\d+', "the same, for programs"),
    Line(
        ("public-round-bundle", "api-round-public-bundle"),
        rb".*",
        "the whole round under pseudonyms, for everybody to compute again",
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
    body = answer.body
    for line in lines:
        body = re.sub(line.pattern, b"<outcome>", body, flags=re.DOTALL)
    headers = (pair for pair in answer.headers if not (lines and pair[0] == "content-length"))
    return tuple(headers), body
