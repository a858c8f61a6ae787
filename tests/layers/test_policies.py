"""Layer 1 alone: every policy is asked on behalf of everybody, with row-level security off.

The connection of the tests owns the tables: no policy of the database holds it, and no serializer
stands between. `policies.txt` says what each function tells whom; `LAYERS_WRITE=1` writes it anew.
"""

import inspect
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Q, QuerySet
from django.db.models.sql.where import WhereNode

from clearinghouse.people.models import Worker
from clearinghouse.shared.errors import DomainError, NotFound
from tests.house.sources import ROOT
from tests.layers.cast import HIDDEN, HOSTILE, Cast, make_cast, without
from tests.layers.policies import WHO, Policy, answer, named, policies, says, text_of
from tests.matrix.world import MatrixWorld

pytestmark = pytest.mark.django_db

FILE = Path(__file__).with_name("policies.txt")
PAGE = ROOT / "docs" / "layers.md"
HEAD = """\
# What each policy tells whom, row-level security off: policy | who: rows ...
# Who: the actors of the matrix; KH helper and KE employer of the state that R2 and R5 are hidden
# from, BR another state, PR2 and PR5 these two themselves. Nobody named: refused, or nothing.
"""
# One question in several words: whatever is in the list is found, and nothing else.
SAME = (
    ("people.queries.visible_to", "people.queries.get_worker_for", "people.queries.lock_worker_for",
     "applications.queries.tickets.get_own", "applications.queries.tickets.lock_application",
     "offers.queries.get_own", "offers.queries.lock_own", "protection.queries.claims.own_worker"),
    ("applications.queries.checks.list_to_check", "applications.queries.checks.get_for_check",
     "applications.queries.checks.lock_for_check"),
    ("applications.queries.nominations.list_nominations",
     "applications.queries.nominations.get_nomination"),
    ("applications.queries.nominations.nominations_for",
     "applications.queries.nominations.lock_nomination_for"),
    ("exports.queries.list_exports", "exports.queries.get_export",
     "exports.permissions.check_can_see"),
    ("matching.queries.rounds.list_rounds", "matching.queries.rounds.get_round",
     "matching.permissions.can_see", "matching.permissions.check_can_see"),
    ("notices.queries.list_messages", "notices.queries.get_own"),
    ("offers.permissions.can_read_book", "offers.permissions.check_can_read_book"),
    ("protection.queries.claims.list_requests", "protection.queries.claims.get_request"),
    ("protection.queries.claims.list_referrals", "protection.queries.claims.get_referral"),
    ("protection.queries.documents.evidence_of", "protection.queries.claims.history_of"),
    ("quotas.queries.visible_to", "quotas.queries.get_quota", "quotas.queries.lock_quota",
     "quotas.queries.find_state_id", "quotas.permissions.can_see",
     "quotas.permissions.check_can_see"),
    ("simulation.queries.rows.list_simulations", "simulation.queries.rows.get_simulation",
     "simulation.queries.rows.lock_simulation", "simulation.permissions.can_see",
     "simulation.permissions.check_can_see"),
)  # fmt: skip


@pytest.fixture(scope="module")
def cast(world: MatrixWorld) -> Cast:
    """Give everybody who asks."""
    return make_cast(world)


_known: dict[str, dict[str, tuple[str, ...]]] = {}


def table(cast: Cast) -> dict[str, dict[str, tuple[str, ...]]]:
    """Ask everything once: what each policy says to whom."""
    if not _known:
        for policy in policies():
            found = {name: says(policy, actor, cast) for name, actor in cast.actors.items()}
            _known[policy.name] = {name: words for name, words in found.items() if words}
    return _known


def lines(cast: Cast) -> Iterator[str]:
    """Write the table down."""
    for policy, found in table(cast).items():
        groups: dict[str, list[str]] = {}
        for who, words in found.items():
            groups.setdefault(",".join(words), []).append(who)
        told = [f"{','.join(who)}: {words}" for words, who in groups.items()]
        yield " | ".join([policy, *told])


def test_no_policy_of_the_database_holds_here(cast: Cast) -> None:
    names = {cast.people[row.pk] for row in Worker._base_manager.all()}
    assert set(HIDDEN) <= names


def test_says_what_the_table_says(cast: Cast) -> None:
    found = HEAD + "\n".join(lines(cast)) + "\n"
    if "LAYERS_WRITE" in os.environ:
        FILE.write_text(found, encoding="utf-8")
    assert found.splitlines() == FILE.read_text(encoding="utf-8").splitlines()
    assert len(policies()) >= 140


def test_who_is_hidden_is_in_no_list_and_behind_no_name(cast: Cast) -> None:
    assert shown(cast, table(cast)) == []


def shown(cast: Cast, found: dict[str, dict[str, tuple[str, ...]]]) -> list[str]:
    """List what tells a hostile account of somebody hidden from it."""
    about = {policy.name: policy for policy in policies()}
    return [
        f"{name} tells {who} of {word}"
        for name, answers in found.items()
        for who in HOSTILE
        for word in answers.get(who, ())
        if word.startswith(HIDDEN) or (word == "all" and _personal(about[name], cast))
    ]


def _personal(policy: Policy, cast: Cast) -> bool:
    kind = policy.kind()
    return kind is not None and bool(set(HIDDEN) & set(cast.rows[kind]))


def test_hostile_accounts_get_what_they_would_get_without_them(cast: Cast) -> None:
    there = {who: dict(_everything(cast, who)) for who in HOSTILE}
    with without(cast):
        gone = {who: dict(_everything(cast, who)) for who in HOSTILE}
    assert _different(there, gone) == []
    assert sum(text != "'refused'" for found in there.values() for text in found.values()) > 100


def test_twin_who_may_know_of_them_notices(cast: Cast) -> None:
    friends = ("A7", "PR5")
    there = {who: dict(_everything(cast, who)) for who in friends}
    with without(cast):
        gone = {who: dict(_everything(cast, who)) for who in friends}
    assert {line.split()[0] for line in _different(there, gone)} == set(friends)


def _everything(cast: Cast, who: str) -> Iterator[tuple[str, str]]:
    """Ask every policy, about hidden people and about what is nobody's."""
    for policy in policies():
        kind = policy.kind()
        if policy.who == "user" and who == "SYSTEM":
            continue
        rows = {"": None} if kind is None else cast.rows[kind]
        for name, row in rows.items():
            if name in {"", "1", "4"} or name.startswith(HIDDEN):
                asked = text_of(answer(policy, cast.actors[who], row))
                yield f"{policy.name} {name}", asked


def _different(one: dict[str, dict[str, str]], other: dict[str, dict[str, str]]) -> list[str]:
    return [
        f"{who} {name}"
        for who, found in one.items()
        for name, text in found.items()
        if other[who].get(name) != text
    ]


def same() -> list[tuple[str, ...]]:
    """List the policies that must agree: the families, and each can_x with its check_can_x."""
    names = {policy.name for policy in policies()}
    kinds = {policy.name: policy.kind() for policy in policies()}
    pairs = [
        (name, check)
        for name in sorted(names)
        if (check := name.replace(".can_", ".check_can_")) in names - {name}
        and kinds[name] == kinds[check]
    ]
    return [*SAME, *pairs]


def test_the_list_and_the_single_row_agree(cast: Cast) -> None:
    wrong = []
    for first, *others in same():
        for other in others:
            for who in cast.actors:
                one, two = (_rows(cast, name, who) for name in (first, other))
                if one != two:
                    wrong.append(f"{who}: {first} {sorted(one)}, {other} {sorted(two)}")
    assert wrong == []
    assert len(same()) >= 30


def _rows(cast: Cast, name: str, who: str) -> set[str]:
    policy = next(one for one in policies() if one.name == name)
    words = set(table(cast)[name].get(who, ())) - {"empty", "nothing"}
    kind = policy.kind()
    if kind is not None and "all" in words:
        words = set(cast.rows[kind])
    # A refusal says yes by the state for which one acts.
    return (
        {"yes"}
        if kind is None and policy.name.split(".")[-1].startswith("check_") and words
        else words
    )


# Who sees most: a mutant gives everybody what these are given.
FAR_SEEING = ("SYSTEM", "A9", "A7", "PR5")

# No state that somebody is hidden from has nominated them here. Its twin is in `tests/worlds`:
# test_twin_a_nomination_that_is_not_set_aside.
ELSEWHERE = frozenset({"applications.queries.nominations._hidden_states"})

# Mutants: each policy in turn lets everybody through.


def everybody(function: Any, cast: Cast) -> Any:
    """Return a policy that says yes, and gives each what it gives to somebody."""
    who = next(name for name in WHO if name in inspect.signature(function).parameters)
    returns = named(inspect.get_annotations(function).get("return"))
    always = {"None": None, "bool": True, "Q": Q()}

    def mutant(*args: Any, **given: Any) -> Any:
        if returns in always:
            return always[returns]
        bound = inspect.signature(function).bind(*args, **given).arguments
        best: Any = None
        for actor in [*(cast.actors[name] for name in FAR_SEEING), *cast.actors.values()]:
            try:
                found = function(**{**bound, who: actor})
                found = list(found) if inspect.isgenerator(found) else found
            except (DomainError, AttributeError, TypeError):
                continue
            if isinstance(found, QuerySet):
                return _unscoped(found)
            if found:
                return found
            best = found if best is None else best
        if best is None and "None" not in returns:
            raise NotFound("nobody gets this")
        return best

    return mutant


def _unscoped(rows: Any) -> Any:
    rows = rows.all()
    rows.query.clear_ordering(force=True)
    rows.query.where = WhereNode()
    return rows


def stand_in(monkeypatch: pytest.MonkeyPatch, function: Any, mutant: Any) -> None:
    """Put a mutant wherever a module of the house has the function by name."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("clearinghouse.", "accounts.")):
            for key, value in list(vars(module).items()):
                if value is function:
                    monkeypatch.setattr(module, key, mutant)


@cache
def agreeing() -> frozenset[str]:
    """Name the policies that another one must agree with."""
    return frozenset(name for family in same() for name in family)


def noticed_by(policy: Policy, cast: Cast) -> str:
    """Say which test sees that a policy lets everybody through: shield, agree, table, or none."""
    asked = [policy]
    if policy.answer == "Q" or policy not in policies():
        apps = {policy.app} if policy.app != "registry" else {"applications", "offers", "people"}
        module = policy.function.__module__
        asked = [one for one in policies() if one.app in apps]
        asked.sort(key=lambda one: one.function.__module__ != module)
    before = table(cast)
    for one in asked:
        for who in [*HOSTILE, *(name for name in cast.actors if name not in HOSTILE)]:
            words = says(one, cast.actors[who], cast)
            if words != before[one.name].get(who, ()):
                if shown(cast, {one.name: {who: words}}):
                    return "shield"
                return "agree" if one.name in agreeing() else "table"
    return _words_alone(policy, cast)


def _words_alone(policy: Policy, cast: Cast) -> str:
    """Compare whole answers of what answers everybody: it says more to some than to others."""
    kind = policy.kind()
    for row in cast.rows[kind].values() if kind else [None]:
        for who in HOSTILE:
            now = text_of(answer(policy, cast.actors[who], row))
            if now != text_of(answer(policy, cast.actors[who], row, plain=True)):
                return "text"
    return "none"


def mutants() -> list[Policy]:
    """List what is mutated: every policy, and the scopes behind them."""
    every = [*policies(), *policies(private=True)]
    return [policy for policy in every if policy.name not in ELSEWHERE]


def test_every_mutant_is_noticed(cast: Cast) -> None:
    found = {}
    assert table(cast)  # what all say before anything is mutated
    for policy in mutants():
        with pytest.MonkeyPatch.context() as patch:
            stand_in(patch, policy.function, everybody(policy.function, cast))
            found[policy.name] = noticed_by(policy, cast)
    assert [name for name, by in found.items() if by == "none"] == []
    page = PAGE.read_text(encoding="utf-8")
    before, printed, after = re.split(r"(?<=<!-- mutants -->\n)|(?=<!-- /mutants -->)", page)
    if "LAYERS_WRITE" in os.environ:
        PAGE.write_text(before + grid(found) + after, encoding="utf-8")
    else:
        assert printed == grid(found)


def grid(found: dict[str, str]) -> str:
    """Draw the table of mutants: by app, and by the test that notices first."""
    by_app = Counter((name.split(".")[0], by) for name, by in found.items())
    rows = [
        "| App | Mutants | Hidden shown | List and row disagree | Table | Whole answer | Survive |"
    ]
    rows.append("|---|---|---|---|---|---|---|")
    for app in [*sorted({app for app, _by in by_app}), "all"]:
        by = [
            sum(n for (one, how), n in by_app.items() if app in {one, "all"} and how == name)
            for name in ("shield", "agree", "table", "text", "none")
        ]
        rows.append(f"| {app} | {sum(by)} | " + " | ".join(map(str, by)) + " |")
    return "\n".join(rows) + "\n"
