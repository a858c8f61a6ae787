"""Applies changes to the postings of a sealed pool, or says why the engine would refuse them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from django.utils.translation import gettext as _

from clearinghouse import engine
from clearinghouse.shared.errors import Invalid
from clearinghouse.simulation.rules.parameters import ALL, STATE_PREFIX, Change, Parameters

Postings = tuple[engine.Posting, ...]
Caps = tuple[engine.Cap, ...]


def change_postings(postings: Sequence[engine.Posting], parameters: Parameters) -> Postings:
    """Return the postings with other places, reserves and orders; Invalid names what is wrong.

    A factor rounds to the nearest place, halves up. Where places or share change, the reserve of
    the changed postings of a state is rounded up once together and spread by largest remainder,
    as the matching page says for a state; a share that is not given is what the posting had.
    """
    by_id = {posting.id: posting for posting in postings}
    shares: dict[str, Fraction] = {}
    ordered: set[str] = set()
    for change in parameters.changes:
        for name in _targets(change, by_id):
            if name in shares or (change.order and name in ordered):
                raise _refusal("on", _("One posting is changed twice: %s.") % name)
            posting = by_id[name]
            if change.share or change.factor or change.places is not None:
                shares[name] = _share(posting, change)
            if change.order:
                ordered.add(name)
            by_id[name] = _changed(posting, change)
    for name, reserve in _spread(by_id, shares).items():
        by_id[name] = replace(by_id[name], reserve=reserve)
    return tuple(by_id[posting.id] for posting in postings)


def caps_of(postings: Sequence[engine.Posting], parameters: Parameters) -> Caps:
    """Return the limits over all postings of a state, as the two allowed templates want them.

    Refuses, with the reason, a state without postings, postings of mixed orders under one limit,
    and a limit below the places that they reserve. The engine's own validator has the last word.
    """
    caps = []
    for state, limit in parameters.caps:
        members = [posting for posting in postings if posting.state == state]
        if not members:
            raise _refusal("cap", _("No posting of this state is in the pool: %s.") % state)
        if len({posting.order for posting in members}) > 1:
            text = _("A limit over a state needs one order at all its postings. Choose an order.")
            raise _refusal("cap", text)
        reserves = sum(posting.reserve for posting in members)
        if limit < reserves:
            text = _("The limit is below the %d places that the postings reserve.") % reserves
            raise _refusal("cap", text)
        caps.append(engine.Cap(state, limit, tuple(sorted(posting.id for posting in members))))
    _check_by_engine(postings, caps)
    return tuple(caps)


def with_order(postings: Iterable[engine.Posting], order: engine.Order) -> Postings:
    """Return the postings with one order everywhere."""
    return tuple(replace(posting, order=order) for posting in postings)


def _targets(change: Change, by_id: Mapping[str, engine.Posting]) -> list[str]:
    if change.on == ALL:
        return list(by_id)
    if change.on.startswith(STATE_PREFIX):
        state = change.on.removeprefix(STATE_PREFIX)
        found = [name for name, posting in by_id.items() if posting.state == state]
    else:
        found = [change.on] if change.on in by_id else []
    if not found:
        raise _refusal("on", _("There is no such posting in the pool: %s.") % change.on)
    return found


def _share(posting: engine.Posting, change: Change) -> Fraction:
    if change.share:
        return Fraction(change.share) / 100
    return Fraction(posting.reserve, posting.quota) if posting.quota else Fraction(0)


def _changed(posting: engine.Posting, change: Change) -> engine.Posting:
    quota = posting.quota
    if change.places is not None:
        quota = change.places
    elif change.factor:
        quota = int(quota * Fraction(change.factor) + Fraction(1, 2))
    order = engine.Order(change.order) if change.order else posting.order
    return replace(posting, quota=quota, order=order)


def _spread(by_id: Mapping[str, engine.Posting], shares: Mapping[str, Fraction]) -> dict[str, int]:
    reserves: dict[str, int] = {}
    for state in sorted({by_id[name].state for name in shares}):
        exact = {
            name: share * by_id[name].quota
            for name, share in shares.items()
            if by_id[name].state == state
        }
        rounded = {name: int(places) for name, places in exact.items()}
        total = -int(-sum(exact.values(), Fraction(0)) // 1)
        by_rest = sorted(exact, key=lambda name: (rounded[name] - exact[name], name))
        for name in by_rest[: total - sum(rounded.values())]:
            rounded[name] += 1
        reserves |= rounded
    return reserves


def _check_by_engine(postings: Sequence[engine.Posting], caps: Sequence[engine.Cap]) -> None:
    empty = engine.Market(seed="00", postings=tuple(postings), caps=tuple(caps), candidates=())
    try:
        engine.read_market(engine.market_to_json(empty))
    except engine.InputError as error:
        raise _refusal("cap", str(error)) from error


def _refusal(field: str, text: str) -> Invalid:
    return Invalid(_("Some fields are not right."), fields={field: [text]})
