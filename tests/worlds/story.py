"""Random histories: a common beginning, what follows in it, and what the person does meanwhile.

One group is a beginning, one world without the person and several worlds with: each is compared
with the one without. Everything is planned from a number before anything happens.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from tests.worlds.acts import AFTER_SEAL, MAIL_OF_P, Act, ask
from tests.worlds.cast import CLOSES

OPEN = ("ke_open", "de_open", "ca_open")
_HEADER = "reference,given_names,family_name,birth_date,email,occupation,posting"
_MAILS = (MAIL_OF_P, MAIL_OF_P, "w1@world.example", "w5@world.example", "new@world.example")
_HOUR = timedelta(hours=1)
BRANCHES = 4
"""How many worlds at most begin alike."""


@dataclass(frozen=True)
class Plot:
    """What the person does: acts in their order, each after so many acts of the others."""

    acts: tuple[tuple[int, Act], ...]
    competes: bool


@dataclass(frozen=True)
class Group:
    """A beginning, what follows, and the plots; `seed` names its chance.

    `tour`: at the end every route is asked for, "once" or "whole" (as every account).
    """

    seed: int
    prefix: tuple[Act, ...]
    suffix: tuple[Act, ...]
    plots: tuple[Plot, ...]
    has_round: bool = False
    tour: str = ""


def make_group(seed: int, *, plots: int, asks: int) -> Group:
    """Plan a group. `asks` are the requests of a suffix besides the hostile acts.

    Every twelfth group has a round, and a quarter of the plots, because rounds take longest.
    """
    random = Random(f"group {seed}")
    has_round = seed % 12 == 5
    chains = [_chain(random, number) for number in range(random.randint(3, 5))]
    # Most of what the others do is common to all worlds; two acts happen while the person acts.
    later = [chain.pop() for chain in chains[:2]]
    hostile = _hostile(random, seed)
    begun = hostile if random.random() < 0.3 else []
    prefix = _merged(random, [*chains, begun])
    looks = [[Act("look", (number,))] for number in range(asks)]
    taken = [Act("export", ("origin_officer",))] if random.random() < 0.3 else []
    suffix = _merged(random, [later, [] if begun else hostile, taken, *looks])
    if has_round:
        kinds = ("number", "number", "results", "simulations", "places", "quotas")
        extra = (Act("look", (number, random.choice(kinds))) for number in range(3 * asks))
        suffix += [*_round(random), *extra]
    suffix += [Act("sweep"), Act("mail")]
    count = -(-plots // 4) if has_round else plots
    made = _plots(random, len(suffix), has_round, count)
    return Group(seed, tuple(prefix), tuple(suffix), tuple(made), has_round)


def _chain(random: Random, number: int) -> list[Act]:
    """What one of the others does."""
    name = random.choice(["W2", "W4", "W5"])
    wishes = random.sample(OPEN, random.randint(1, 3))
    applying = [
        Act(random.choice(["apply", "apply", "draft"]), (name, *wishes)),
        Act("check", (name, wishes[0], random.random() < 0.7)),
        random.choice(
            [
                Act("withdraw", (name,)),
                Act("add wish", (name, random.choice(OPEN))),
                Act("check", (name, wishes[-1], True)),
            ]
        ),
    ]
    answering = [Act(random.choice(["confirm", "decline"]), (name,)), Act("mail")]
    protecting = [
        Act("ask protection", (name,)),
        Act("determine", (name, random.choice(["recognised", "refused", "forced_migrant"]))),
    ]
    title = f"Welders, plan {number}"
    officer, approver = random.choice(
        [("quota_officer", "approver"), ("de_officer", "de_approver")]
    )
    posting = [
        Act("post", (officer, title)),
        Act("move quota", (officer, title, "submit")),
        Act("move quota", (approver, title, "approve")),
        Act("move quota", (approver, title, "publish")),
    ]
    changing = [Act("change profile", (random.choice(["W2", "W3", "W5"]),))]
    chain = random.choice([applying, applying, answering, protecting, posting, changing])
    return chain[: random.randint(1, len(chain))]


def _hostile(random: Random, number: int) -> list[Act]:
    """What the hostile state writes: nominations by program, form and file, with mistakes."""
    mails = [random.choice(_MAILS) for _ in range(3)]
    rows = [_row(f"KE-{number}-{line}", mail) for line, mail in enumerate(mails)]
    if random.random() < 0.3:
        rows.append(rows[0])
    if random.random() < 0.3:
        rows.append({**rows[0], "reference": f"KE-{number}-bad", "occupation": "12"})
    text = "\n".join([_HEADER, *(",".join(row.values()) for row in rows)])
    api = "/api/v1/nominations/"
    one = ask("origin_officer", api, "POST", json.dumps(rows[0]), "application/json")
    form = ask("origin_officer", "/state/nominations/new/", "POST", rows[1])
    file = ask("origin_officer", api + "import/", "POST", text, "text/csv")
    chosen = [random.choice([one, file, file, form])]
    return chosen + random.choice([[], chosen, [one], [file]])


def nominated(mail: str) -> Act:
    """Return the act of nominating the person with this address, by program."""
    row = json.dumps(_row("KE-directed", mail))
    return ask("origin_officer", "/api/v1/nominations/", "POST", row, "application/json")


def _row(reference: str, mail: str) -> dict[str, str]:
    known = mail == MAIL_OF_P
    return {
        "reference": reference,
        "given_names": "Panyako" if known else "Juma",
        "family_name": "Quillfeather" if known else "Otieno",
        "birth_date": "1971-03-09" if known else "1990-01-31",
        "email": mail,
        "occupation": "7212",
        "posting": "",
    }


def _round(random: Random) -> list[Act]:
    """The life of the open round, with answers."""
    steps = ("seal", "draw", "run", "certify", "release")
    hours = (0, 2, 3, 4, 5)
    acts = [
        Act("round", (step,), AFTER_SEAL + hour * _HOUR)
        for step, hour in zip(steps, hours, strict=True)
    ]
    for name in random.sample(["W1", "W3"], 1):
        acts.append(Act("answer", (name, random.choice(["accept", "decline"]))))
    if random.random() < 0.5:
        acts.append(Act("round", ("lapse",), CLOSES + timedelta(days=20)))
    return acts


def _plots(random: Random, length: int, has_round: bool, count: int) -> list[Plot]:
    """What the person does, in so many worlds.

    Up to four begin alike and part later: their beginnings are shared, not their ends.
    """
    made: list[Plot] = []
    while len(made) < count:
        opening, wishes, before = _opening(random, has_round)
        last = length // 4 if has_round else length
        trunk = _later(random, wishes, before, last, has_round)
        for _ in range(min(BRANCHES, count - len(made))):
            answer = Act("answer", ("P", random.choice(["accept", "decline"])))
            ending = [(length, answer)] if has_round else []
            cut = 0 if has_round else random.randint(last // 2, last)
            plot = _plot(opening, trunk, ending)
            while plot in made:
                other = _later(random, wishes, before, last, has_round)
                kept = [(at, act) for at, act in trunk if at < cut]
                plot = _plot(
                    opening, [*kept, *((at, act) for at, act in other if at >= cut)], ending
                )
                cut = max(cut - 1, 0)
            made.append(plot)
    return made


def _plot(
    opening: Sequence[Act], later: Sequence[tuple[int, Act]], ending: Sequence[tuple[int, Act]]
) -> Plot:
    """Put a plot together; only one with an ending enters a round."""
    return Plot((*((0, act) for act in opening), *later, *ending), bool(ending))


def _opening(random: Random, has_round: bool) -> tuple[list[Act], list[str], bool]:
    """How the person begins, before anybody looks: the acts, the wishes, whether one was to KE.

    Some have applied to the hostile state before they hide from it.
    """
    origin = random.choice([("KE", ""), ("", "KE"), ("KE", "UG")])
    acts = [Act("register", origin)]
    # In a round only postings that nobody else wants, so that nobody else's result may move.
    wishes = ["de_solo"] if has_round else random.sample(["de_open", "de_solo", "ca_open"], 2)
    before = not has_round and random.random() < 0.4
    if before:
        acts.append(Act("apply", ("P", "ke_open", wishes[0])))
        if random.random() < 0.5:
            acts.append(Act("check", ("P", "ke_open", random.random() < 0.5)))
    acts.append(Act("raise shield", ("P", random.random() < 0.5)))
    return acts, wishes, before


def _later(
    random: Random, wishes: Sequence[str], before: bool, last: int, has_round: bool
) -> list[tuple[int, Act]]:
    """What the person does then, each act after so many acts of the others; at most `last`."""
    applying = [Act("apply", ("P", *wishes)), *(Act("check", ("P", wish, True)) for wish in wishes)]
    later = [
        [Act("ask protection", ("P",)), Act("determine", ("P", "recognised"))],
        [Act(random.choice(["confirm", "decline"]), ("P",))],
        [Act("change profile", ("P",))],
        [Act("withdraw", ("P",))] if before else applying,
    ]
    chosen = random.sample(later, random.randint(2, 4))
    if has_round and applying not in chosen:
        chosen.append(applying)
    acts = _merged(random, chosen)
    # What enters a round comes before its seal.
    places = sorted(random.randint(0, last) for _ in acts)
    return list(zip(places, acts, strict=True))


def _merged(random: Random, chains: Sequence[Sequence[Act]]) -> list[Act]:
    """Mix chains at random; each keeps its own order."""
    left = [list(chain) for chain in chains if chain]
    mixed: list[Act] = []
    while left:
        chain = random.choice(left)
        mixed.append(chain.pop(0))
        left = [chain for chain in left if chain]
    return mixed
