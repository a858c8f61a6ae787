"""Reads a market in format mvch-market/1, or refuses it with every problem and its place."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from .errors import Problems, refusal
from .fields import UNREAD, Fields, bare, shown
from .types import (
    MARKET_FORMAT,
    PLACES_MAX,
    POINTS_MAX,
    Candidate,
    Cap,
    Market,
    Order,
    Posting,
    Wish,
)

_HEX: Final = re.compile(r"(?:[0-9a-f]{2})+")
_MARKET: Final = frozenset({"format", "seed", "postings", "candidates"})
_POSTING: Final = frozenset({"id", "state", "quota", "reserve", "order"})
_CAP: Final = frozenset({"id", "limit", "postings"})
_CAP_REFUSED: Final = (
    "unknown field; a cap is one limit over all places of its postings: a limit of its own for"
    " open, reserved or reverted places would let the order of offers decide, or a false list pay"
)
_CANDIDATE: Final = frozenset({"id", "protected", "wishes"})
_WISH: Final = frozenset({"posting", "points"})


def read_market(data: object, *, drawn: bool = True) -> Market:
    """Return the canonical market that a parsed mvch-market/1 file describes.

    `caps` may be absent and then means no caps; everything else is required. With `drawn=False`
    the file must carry no seed, as before the draw. Raises InputError. Source: matching page,
    sections 1 (caps) and 3 (format).
    """
    problems = Problems()
    names = _MARKET if drawn else _MARKET - {"seed"}
    top = Fields(problems, "", data, names, frozenset({"caps"}))
    read_format(top, MARKET_FORMAT)
    seed = read_hex(top, "seed") if drawn else ""
    postings = _read_postings(top)
    caps = _read_caps(top, postings)
    candidates = _read_candidates(top, postings)
    problems.refuse_if_any()
    return canonical(Market(seed, tuple(postings.values()), caps, candidates))


def canonical(market: Market) -> Market:
    """Return the market with rows sorted by id (code points); wishes keep their order."""
    return replace(
        market,
        postings=tuple(sorted(market.postings, key=lambda posting: posting.id)),
        caps=tuple(
            replace(cap, postings=tuple(sorted(cap.postings)))
            for cap in sorted(market.caps, key=lambda cap: cap.id)
        ),
        candidates=tuple(sorted(market.candidates, key=lambda candidate: candidate.id)),
    )


def with_seed(market: Market, seed: str) -> Market:
    """Return the market with its drawn seed (lower-case hexadecimal). Raises InputError."""
    if not _HEX.fullmatch(seed):
        raise refusal("seed", "must be whole bytes in lower-case hexadecimal")
    return replace(market, seed=seed)


def read_format(top: Fields, expected: str) -> None:
    """Note a problem unless the file says it is in the expected format."""
    if top.raw("format") != expected:
        top.refuse("format", f"must be {expected!r}")


def read_hex(fields: Fields, name: str, *, digits: int | None = None) -> str:
    """Return whole bytes written in lower-case hexadecimal, of a fixed length if given."""
    value = fields.text(name)
    if value and (not _HEX.fullmatch(value) or (digits and len(value) != digits)):
        length = f"{digits} digits of" if digits else "whole bytes in"
        fields.refuse(name, f"must be {length} lower-case hexadecimal")
    return value


def _read_postings(top: Fields) -> dict[str, Posting]:
    postings: dict[str, Posting] = {}
    for place, item in top.items("postings"):
        fields = Fields(top.problems, place, item, _POSTING)
        posting = Posting(
            id=fields.text("id"),
            state=fields.text("state"),
            quota=fields.integer("quota", limit=PLACES_MAX),
            reserve=fields.integer("reserve", limit=PLACES_MAX),
            order=_read_order(fields),
        )
        if UNREAD < posting.quota < posting.reserve:
            fields.refuse("reserve", f"{posting.reserve} is above the quota of {posting.quota}")
        _refuse_duplicate(fields, posting.id, postings)
        postings[posting.id] = posting
    return postings


def _read_order(fields: Fields) -> Order:
    value = fields.raw("order")
    for order in Order:
        if value == order.value:
            return order
    fields.refuse("order", "must be " + " or ".join(repr(order.value) for order in Order))
    return Order.OPEN_FIRST


def _read_candidates(top: Fields, postings: Mapping[str, Posting]) -> tuple[Candidate, ...]:
    candidates: dict[str, Candidate] = {}
    for place, item in top.items("candidates"):
        fields = Fields(top.problems, place, item, _CANDIDATE)
        candidate = Candidate(
            id=fields.text("id"),
            protected=fields.flag("protected"),
            wishes=_read_wishes(fields, postings),
        )
        _refuse_duplicate(fields, candidate.id, candidates)
        candidates[candidate.id] = candidate
    return tuple(candidates.values())


def _read_wishes(candidate: Fields, postings: Mapping[str, Posting]) -> tuple[Wish, ...]:
    wishes: dict[str, Wish] = {}
    for place, item in candidate.items("wishes"):
        fields = Fields(candidate.problems, place, item, _WISH)
        wish = Wish(fields.text("posting"), fields.integer("points", limit=POINTS_MAX))
        if wish.posting in wishes:
            fields.refuse("posting", f"{shown(wish.posting)} is wished twice")
        elif wish.posting and wish.posting not in postings:
            fields.refuse("posting", f"unknown posting {shown(wish.posting)}")
        if wish.posting:
            wishes[wish.posting] = wish
    return tuple(wishes.values())


def _read_caps(top: Fields, postings: Mapping[str, Posting]) -> tuple[Cap, ...]:
    caps: dict[str, Cap] = {}
    if not top.has("caps"):
        return ()
    capped: dict[str, str] = {}
    for place, item in top.items("caps"):
        fields = Fields(top.problems, place, item, _CAP, unknown=_CAP_REFUSED)
        cap = Cap(
            id=fields.text("id"),
            limit=fields.integer("limit", limit=PLACES_MAX),
            postings=_read_members(fields, postings, capped),
        )
        _refuse_duplicate(fields, cap.id, caps)
        _refuse_unsound(fields, cap, [postings[name] for name in cap.postings])
        capped.update(dict.fromkeys(cap.postings, cap.id))
        caps[cap.id] = cap
    return tuple(caps.values())


def _read_members(
    cap: Fields, postings: Mapping[str, Posting], capped: Mapping[str, str]
) -> tuple[str, ...]:
    members: dict[str, None] = {}
    for place, item in cap.items("postings"):
        name = item if isinstance(item, str) else ""
        if name in members:
            cap.problems.add(place, f"{shown(name)} is named twice in this cap")
        elif not name or name not in postings:
            cap.problems.add(
                place, f"unknown posting {shown(name)}" if name else "must be a posting id"
            )
        elif name in capped:
            cap.problems.add(
                place,
                f"{shown(name)} is already under cap {shown(capped[name])}; caps must not overlap,"
                " or the order of offers would change the result",
            )
        else:
            members[name] = None
    return tuple(members)


def _refuse_unsound(fields: Fields, cap: Cap, members: Sequence[Posting]) -> None:
    """Refuse a cap outside the two allowed templates. Source: matching page, section 1."""
    if fields.raw("postings") == []:
        fields.refuse("postings", "names no posting")
    states = sorted({posting.state for posting in members})
    if len(states) > 1:
        fields.refuse(
            "postings",
            f"belong to different states ({', '.join(map(bare, states[:9]))}); a cap limits one",
        )
    if len({posting.order for posting in members}) > 1:
        fields.refuse("postings", "mix open_first and reserve_first; a cap needs one order")
    reserves = sum(max(posting.reserve, 0) for posting in members)
    if UNREAD < cap.limit < reserves:
        fields.refuse("limit", f"{cap.limit} is below the {reserves} places its postings reserve")


def _refuse_duplicate(fields: Fields, name: str, known: Mapping[str, object]) -> None:
    if name and name in known:
        fields.refuse("id", f"{shown(name)} is used twice")
