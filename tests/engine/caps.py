"""State caps that the reader refuses, built as toys to show what they would break.

A design is a way for one state to choose among contracts, highest priority first. `ALLOWED` are the
two templates of the matching page; the others are the ones that section 1 refuses.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, combinations, permutations
from typing import Final

Taken = list["Contract"]
Limits = list[tuple[str, int]]


@dataclass(frozen=True, slots=True, order=True)
class Contract:
    """One person asking for one posting; people have different priorities."""

    priority: int
    person: str
    posting: str
    protected: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """Places and reserved places per posting, and the numbers that a design limits."""

    quota: Mapping[str, int]
    reserve: Mapping[str, int]
    limit: int
    second: int = 0

    @property
    def reserves(self) -> int:
        return sum(self.reserve.values())


Design = Callable[[State, Taken], set[Contract]]


def choose(design: Design, state: State, asking: Iterable[Contract]) -> set[Contract]:
    """Return what the state takes."""
    return design(state, sorted(asking, reverse=True))


def open_first(state: State, asking: Taken) -> set[Contract]:
    opened = _take(asking, _open(state), [(_all(state), state.limit - state.reserves)])
    reserved = _take(_protected(asking, opened), state.reserve, [])
    rest = state.limit - len(opened) - len(reserved)
    return opened | reserved | _reverted(state, asking, opened, reserved, rest)


def reserve_first(state: State, asking: Taken) -> set[Contract]:
    reserved = _take(_protected(asking, set()), state.reserve, [])
    room = _minus(state.quota, reserved)
    left = [contract for contract in asking if contract not in reserved]
    return reserved | _take(left, room, [(_all(state), state.limit - len(reserved))])


def counted_across(state: State, asking: Taken) -> set[Contract]:
    """One counter of the state over open and reserved places; each posting reverts by itself."""
    opened = _take(asking, _open(state), [(_all(state), state.limit)])
    rest = [(_all(state), state.limit - len(opened))]
    reserved = _take(_protected(asking, opened), state.reserve, rest)
    return opened | reserved | _reverted(state, asking, opened, reserved, state.reserves)


def static_under_roll_over(state: State, asking: Taken) -> set[Contract]:
    """A fixed limit of the state over places that each posting rolls over by itself."""
    opened = _take(asking, _open(state), [(_all(state), state.limit - state.reserves)])
    reserved = _take(_protected(asking, opened), state.reserve, [])
    return opened | reserved | _reverted(state, asking, opened, reserved, state.second)


def reserve_cap(state: State, asking: Taken) -> set[Contract]:
    """A limit of the state over reserved places, which revert posting by posting."""
    opened = _take(asking, _open(state), [(_all(state), state.limit - state.reserves)])
    limits = [(_all(state), state.second)]
    reserved = _take(_protected(asking, opened), state.reserve, limits)
    rest = state.limit - len(opened) - len(reserved)
    return opened | reserved | _reverted(state, asking, opened, reserved, rest)


def overlapping(state: State, asking: Taken) -> set[Contract]:
    """Two caps that share posting Y."""
    return _take(asking, state.quota, [("XY", state.limit), ("YZ", state.limit)])


ALLOWED: Final[list[Design]] = [open_first, reserve_first]
REFUSED: Final[list[Design]] = [
    overlapping,
    counted_across,
    static_under_roll_over,
    reserve_cap,
]


def regrets(design: Design, state: State, contracts: list[Contract]) -> Iterator[tuple[Taken, ...]]:
    """Yield (asked, rejected, newcomer) where a newcomer opens a door that was shut before.

    That is a failure of substitutability: a rejected person would have to be called back.
    """
    for asked in chain.from_iterable(combinations(contracts, size) for size in range(5)):
        for rejected, newcomer in permutations(set(contracts) - set(asked), 2):
            before = choose(design, state, [*asked, rejected])
            after = choose(design, state, [*asked, rejected, newcomer])
            if rejected not in before and rejected in after:
                yield [*asked], [rejected], [newcomer]


def match(
    design: Design, state: State, lists: Mapping[str, list[Contract]], order: Iterable[str]
) -> dict[str, str]:
    """Let people ask in turn, best wish first; the state keeps what it likes of those it holds."""
    left = {person: iter(wishes) for person, wishes in lists.items()}
    waiting = list(order)
    held: set[Contract] = set()
    while waiting:
        person = waiting.pop(0)
        wish = next(left[person], None)
        if wish is None:
            continue
        kept = choose(design, state, held | {wish})
        waiting += sorted(gone.person for gone in held | {wish} if gone not in kept)
        held = kept
    return {contract.person: contract.posting for contract in held}


def random_state(design: Design, chance: random.Random) -> tuple[State, dict[str, list[Contract]]]:
    """Build a state with three postings, and four people with lists."""
    quota = {name: chance.randint(1, 2) for name in "XYZ"}
    plain = design is overlapping
    reserve = {name: 0 if plain else chance.randint(0, quota[name]) for name in quota}
    reserves = sum(reserve.values())
    state = State(
        quota,
        reserve,
        limit=chance.randint(1, 2) if plain else chance.randint(reserves, max(reserves, 4)),
        second=chance.randint(0, max(reserves - 1, 0)),
    )
    heights = chance.sample(range(100), 4)
    lists = {}
    for index, person in enumerate("abcd"):
        protected = chance.random() < 0.5
        names = chance.sample("XYZ", chance.randint(1, 3))
        lists[person] = [Contract(heights[index], person, name, protected) for name in names]
    return state, lists


def _take(asking: Taken, room_at: Mapping[str, int], limits: Limits) -> set[Contract]:
    """Go down the order once, taking whoever finds room at the posting and under every limit."""
    taken: set[Contract] = set()
    used: Counter[str] = Counter()
    for contract in asking:
        free = used[contract.posting] < room_at[contract.posting] and all(
            contract.posting not in under or sum(used[name] for name in under) < limit
            for under, limit in limits
        )
        if free:
            taken.add(contract)
            used[contract.posting] += 1
    return taken


def _reverted(
    state: State, asking: Taken, opened: set[Contract], reserved: set[Contract], limit: int
) -> set[Contract]:
    left = [contract for contract in asking if contract not in opened | reserved]
    return _take(left, _minus(state.reserve, reserved), [(_all(state), limit)])


def _protected(asking: Taken, taken: set[Contract]) -> Taken:
    return [contract for contract in asking if contract.protected and contract not in taken]


def _open(state: State) -> dict[str, int]:
    return {name: places - state.reserve[name] for name, places in state.quota.items()}


def _minus(room: Mapping[str, int], taken: set[Contract]) -> dict[str, int]:
    used = Counter(contract.posting for contract in taken)
    return {name: places - used[name] for name, places in room.items()}


def _all(state: State) -> str:
    return "".join(state.quota)
