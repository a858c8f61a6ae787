"""Every way in which the tests forge a plan. Each kind takes a sound case and spoils a copy."""

import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from tests.engine.judge import CLOSED, Judge, node, plan_digest

Json = dict[str, Any]
SEATS: Final = ("open", "reserved", "reverted")


class CannotError(Exception):
    """This market offers no chance for this kind of forgery."""


@dataclass(slots=True)
class Case:
    """A market with its sound plan; a kind changes `plan` (a copy), rarely `market`."""

    chance: random.Random
    judge: Judge
    market: Json
    plan: Json
    reseal: bool = True

    def __post_init__(self) -> None:
        self.plan = copy.deepcopy(self.plan)

    @property
    def rows(self) -> list[Json]:
        return list(self.plan["assignments"])

    def row(self, *, placed: bool | None = None, seat: str | None = None) -> Json:
        """Pick one row of the plan."""
        return self.one(
            row
            for row in self.rows
            if placed in (None, row["posting"] is not None) and seat in (None, row["seat"])
        )

    def wishes(self, name: str) -> list[str]:
        return self.judge.oracle.wishes(name) if name in self.judge.names else []

    def people_at(self, *postings: str) -> int:
        return sum(row["posting"] in postings for row in self.rows)

    def one(self, options: Iterator[Any] | list[Any]) -> Any:
        found = list(options)
        if not found:
            raise CannotError
        return self.chance.choice(found)


Kind = Callable[[Case], None]
KINDS: dict[str, Kind] = {}
PLACEMENT: Final[list[str]] = []
"""Kinds that move people; a careful forger restates seats and cut-offs after them."""


def kind(name: str, *, moves_people: bool = False) -> Callable[[Kind], Kind]:
    """Enter a forgery into the table."""

    def enter(function: Kind) -> Kind:
        KINDS[name] = function
        if moves_people:
            PLACEMENT.append(name)
        return function

    return enter


@kind("swap two people", moves_people=True)
def _swap(case: Case) -> None:
    one, two = case.one([pair for pair in _pairs(case.rows) if _place(pair[0]) != _place(pair[1])])
    kept = _place(one)
    one |= _place(two)
    two |= kept


@kind("give one a worse seat", moves_people=True)
def _worse(case: Case) -> None:
    row, name = case.one(
        (row, name)
        for row in case.rows
        for name in case.wishes(row["candidate"])
        if _choice(case, row) < case.wishes(row["candidate"]).index(name)
    )
    row |= {"posting": name, "seat": case.one(list(SEATS))}


@kind("give one a better seat", moves_people=True)
def _better(case: Case) -> None:
    row = case.row()
    better = case.wishes(row["candidate"])[: _choice(case, row)]
    row |= {"posting": case.one(better), "seat": case.one(list(SEATS))}


@kind("take a place away", moves_people=True)
def _unplace(case: Case) -> None:
    case.row(placed=True).update(posting=None, seat=None)


@kind("place somebody unplaced", moves_people=True)
def _place_unplaced(case: Case) -> None:
    row = case.row(placed=False)
    row |= {"posting": case.one(case.wishes(row["candidate"])), "seat": case.one(list(SEATS))}


@kind("place somebody where they never asked")
def _unasked(case: Case) -> None:
    row = case.row()
    wishes = case.wishes(row["candidate"])
    others = [name for name in case.judge.members if name not in wishes]
    row |= {"posting": case.one(others), "seat": case.one(list(SEATS))}


@kind("give the place to a rival", moves_people=True)
def _rival(case: Case) -> None:
    loser = case.row(placed=True)
    rival = case.one(
        row
        for row in case.rows
        if loser["posting"] in case.wishes(row["candidate"]) and row["posting"] is None
    )
    rival |= _place(loser)
    loser |= {"posting": None, "seat": None}


@kind("over-fill a posting", moves_people=True)
def _overfill(case: Case) -> None:
    quotas = {row["id"]: row["quota"] for row in case.market["postings"]}
    row, name = case.one(
        (row, name)
        for row in case.rows
        for name in case.wishes(row["candidate"])
        if row["posting"] != name and case.people_at(name) >= quotas[name]
    )
    row |= {"posting": name, "seat": case.one(list(SEATS))}


@kind("break a cap", moves_people=True)
def _break_cap(case: Case) -> None:
    quotas = {row["id"]: row["quota"] for row in case.market["postings"]}
    row, name = case.one(
        (row, name)
        for cap in case.market["caps"]
        if case.people_at(*cap["postings"]) >= cap["limit"]
        for row in case.rows
        if row["posting"] not in cap["postings"]
        for name in cap["postings"]
        if name in case.wishes(row["candidate"]) and case.people_at(name) < quotas[name]
    )
    row |= {"posting": name, "seat": case.one(list(SEATS))}


@kind("revert a reserved place too early", moves_people=True)
def _revert(case: Case) -> None:
    owner = case.row(seat="reserved")
    other = case.one(
        row
        for row in case.rows
        if row["posting"] is None and owner["posting"] in case.wishes(row["candidate"])
    )
    other |= {"posting": owner["posting"], "seat": "reverted"}
    owner |= {"posting": None, "seat": None}


@kind("call a reserved place reverted")
def _relabel_reserved(case: Case) -> None:
    case.row(seat="reserved")["seat"] = "reverted"


@kind("change the kind of a seat")
def _relabel(case: Case) -> None:
    row = case.row(placed=True)
    row["seat"] = case.one([seat for seat in SEATS if seat != row["seat"]])


@kind("drop a candidate")
def _drop(case: Case) -> None:
    case.plan["assignments"].remove(case.row())


@kind("repeat a candidate")
def _repeat(case: Case) -> None:
    _insert(case, dict(case.row()))


@kind("repeat a candidate with another result")
def _repeat_otherwise(case: Case) -> None:
    row = dict(case.row())
    options: list[Json] = [
        {"posting": name, "seat": seat} for name in case.wishes(row["candidate"]) for seat in SEATS
    ]
    options.append({"posting": None, "seat": None})
    _insert(case, row | case.one([option for option in options if option != _place(row)]))


@kind("invent a candidate")
def _invent(case: Case) -> None:
    place = case.one([_place(row) for row in case.rows])
    name = case.one(["a", "c0x", "z"])
    _insert(case, {"candidate": name, **place})


def _forge(name: str, change: Callable[[Case, Json | None], Json | None]) -> None:
    """Enter a forgery of a bar twice: at a posting, and at a cap."""

    def forge(case: Case, where: str) -> None:
        cutoff = case.one([row for row in case.plan["cutoffs"] if where in row])
        group = case.one(["others", "protected"])
        bar = change(case, cutoff[group])
        if bar == cutoff[group]:
            raise CannotError
        cutoff[group] = bar

    for where in ("posting", "cap"):
        kind(f"cut-off of a {where}: {name}")(lambda case, where=where: forge(case, where))


def _raised(case: Case, bar: Json | None) -> Json | None:
    if bar == CLOSED:
        raise CannotError
    points = -1 if bar is None else bar["points"]
    someone = bar["candidate"] if bar else case.one(case.judge.names)
    up = case.chance.choice([1, 1, 2, 50])
    return {"points": min(points + up, CLOSED["points"] - 1), "candidate": someone}


def _lowered(case: Case, bar: Json | None) -> Json | None:
    if bar is None or bar["points"] == 0:
        raise CannotError
    someone = bar["candidate"] or case.one(case.judge.names)
    down = case.chance.choice([1, 1, 2, 3])
    return {"points": max(bar["points"] - down, 0), "candidate": someone}


def _of_another(case: Case, bar: Json | None) -> Json | None:
    if bar is None or bar == CLOSED:
        raise CannotError
    others = [name for name in [*case.judge.names, "stranger"] if name != bar["candidate"]]
    return bar | {"candidate": case.one(others)}


_forge("raised", _raised)
_forge("lowered", _lowered)
_forge("set to none", lambda _, __: None)
_forge("set to shut", lambda _, __: dict(CLOSED))
_forge("in another's name", _of_another)


@kind("swap the bars of the two groups")
def _swap_bars(case: Case) -> None:
    row = case.one([row for row in case.plan["cutoffs"] if row["others"] != row["protected"]])
    row["others"], row["protected"] = row["protected"], row["others"]


@kind("drop a cut-off")
def _drop_cutoff(case: Case) -> None:
    case.plan["cutoffs"].remove(case.one(case.plan["cutoffs"]))


@kind("repeat a cut-off")
def _repeat_cutoff(case: Case) -> None:
    row = dict(case.one(case.plan["cutoffs"]))
    if case.chance.random() < 0.5:
        row["others"] = dict(CLOSED)
    case.plan["cutoffs"].append(row)
    case.plan["cutoffs"].sort(key=node)


@kind("invent a cut-off")
def _invent_cutoff(case: Case) -> None:
    row = {"others": None, "protected": None}
    new = case.one([{"posting": "p9", **row}, {"cap": "Z", **row}])
    case.plan["cutoffs"].append(new)
    case.plan["cutoffs"].sort(key=node)


@kind("shuffle the rows")
def _shuffle(case: Case) -> None:
    case.chance.shuffle(case.plan[case.one(["assignments", "cutoffs"])])


@kind("forge the digest of the market")
def _market_digest(case: Case) -> None:
    case.plan["market_digest"] = _flipped(case, case.plan["market_digest"])
    case.plan["digest"] = plan_digest(case.plan)
    case.reseal = False


@kind("forge the digest of the plan")
def _plan_digest(case: Case) -> None:
    case.plan["digest"] = _flipped(case, case.plan["digest"])
    case.reseal = False


@kind("change a row and keep the old digest")
def _unsealed(case: Case) -> None:
    row = case.row()
    row |= case.one([_place(other) for other in case.rows if _place(other) != _place(row)])
    case.reseal = False


@kind("draw with another seed")
def _seed(case: Case) -> None:
    case.market = case.market | {"seed": f"{case.chance.getrandbits(32):08x}"}


@kind("change the market after the match")
def _market(case: Case) -> None:
    market = case.market = copy.deepcopy(case.market)
    person = case.one(market["candidates"])
    options: list[tuple[Json, str, Any]] = [
        (person, "protected", not person["protected"]),
        (person, "wishes", person["wishes"][::-1]),
        (person, "wishes", person["wishes"][1:]),
        *((wish, "points", case.chance.randint(0, 4)) for wish in person["wishes"]),
    ]
    for row in market["postings"]:
        options.append((row, "quota", row["quota"] + 1))
        if not market["caps"]:
            other = {"open_first": "reserve_first", "reserve_first": "open_first"}[row["order"]]
            options.append((row, "reserve", case.chance.randint(0, row["quota"])))
            options.append((row, "order", other))
    options += [(cap, "limit", cap["limit"] + 1) for cap in market["caps"]]
    thing, name, value = case.one(options)
    if thing[name] == value:
        raise CannotError
    thing[name] = value


@kind("three forgeries at once")
def _three(case: Case) -> None:
    names = [name for name in KINDS if name != "three forgeries at once"]
    for name in case.chance.sample(names, 3):
        KINDS[name](case)


def restate(case: Case) -> None:
    """Give moved people the seats, and the market the cut-offs, that fit: a careful forger."""
    result = {row["candidate"]: row["posting"] for row in case.rows}
    held = case.judge.oracle.holds(result)
    if any(posting not in case.wishes(name) for name, posting in held):
        raise CannotError
    labels = case.judge.labels(held)
    for row in case.rows:
        row["seat"] = labels.get((row["candidate"], row["posting"]), row["seat"])
    case.plan["cutoffs"] = case.judge.cutoffs(held)


def seal(case: Case, judge: Judge) -> None:
    """Put fitting digests on the forged plan, as any attacker can."""
    if case.reseal:
        case.plan["market_digest"] = judge.market_digest
        case.plan["digest"] = plan_digest(case.plan)


def _place(row: Json) -> Json:
    return {"posting": row["posting"], "seat": row["seat"]}


def _choice(case: Case, row: Json) -> int:
    """How far down their list somebody is placed; after its end when unplaced or elsewhere."""
    wishes = case.wishes(row["candidate"])
    return wishes.index(row["posting"]) if row["posting"] in wishes else len(wishes)


def _pairs(rows: list[Json]) -> list[tuple[Json, Json]]:
    return [(one, two) for index, one in enumerate(rows) for two in rows[:index]]


def _insert(case: Case, row: Json) -> None:
    rows = case.plan["assignments"]
    rows.append(row)
    rows.sort(key=lambda row: str(row["candidate"]))


def _flipped(case: Case, digest: str) -> str:
    index = case.chance.randrange(len(digest))
    digit = case.one([digit for digit in "0123456789abcdef" if digit != digest[index]])
    return f"{digest[:index]}{digit}{digest[index + 1 :]}"
