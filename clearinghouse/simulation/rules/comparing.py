"""One comparison: the same sealed lists and seed under the rules as they were and under others."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from clearinghouse import engine
from clearinghouse.simulation.rules.changing import Caps, Postings, with_order
from clearinghouse.simulation.rules.largest import largest_matching
from clearinghouse.simulation.rules.measuring import measure

Report = Callable[[str, int], None]


class Unsound(Exception):
    """The verifier found something in a plan, so nothing about it is published."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is kept of a comparison; the digests are those of the changed market and its plan."""

    engine_version: str
    market_digest: str
    plan_digest: str
    result: dict[str, Any]


def compare(
    market: engine.Market,
    actual: engine.Plan | None,
    postings: Postings,
    caps: Caps,
    *,
    focus: Collection[str] = (),
    report: Report,
) -> Comparison:
    """Match the sealed market as it was, with other postings and caps, and in both orders.

    `actual` is how places stand now, if that is compared too. `report` is called with a stage and
    a percentage before each step and may raise to stop. Raises Unsound, or InputError from the
    engine. The result holds counts by scenario (`measuring.measure`), `applicants`, `protected`,
    and `largest`, the size of the largest matching of the changed market.
    """
    changed = replace(market, postings=postings, caps=caps)
    scenarios: dict[str, Any] = {}
    if actual is not None:
        scenarios["actual"] = measure(market, actual, focus)
    report("matching", 20)
    base = engine.match(market)
    scenarios["base"] = measure(market, base, focus)
    report("matching", 35)
    plan = base if changed == market else engine.match(changed)
    findings = engine.verify(changed, plan)
    if findings:
        raise Unsound("; ".join(finding.message for finding in findings[:5]))
    scenarios["changed"] = measure(changed, plan, focus)
    for percent, order in ((55, engine.Order.OPEN_FIRST), (70, engine.Order.RESERVE_FIRST)):
        report("matching", percent)
        uniform = replace(changed, postings=with_order(postings, order))
        other = plan if uniform == changed else engine.match(uniform)
        scenarios[order.value] = measure(uniform, other, focus)
    report("counting", 80)
    result = {
        "applicants": len(market.candidates),
        "protected": sum(candidate.protected for candidate in market.candidates),
        "largest": largest_matching(changed),
        "scenarios": scenarios,
    }
    return Comparison(plan.engine, plan.market_digest, plan.digest, result)
