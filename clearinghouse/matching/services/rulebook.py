"""The rulebook of a round: written when it opens, compared when it is sealed."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from django.conf import settings

from clearinghouse import engine
from clearinghouse.matching import guards, queries, rules
from clearinghouse.matching.models import Round, RulesDocument
from clearinghouse.quotas.queries import facts_of, list_by_ids

if TYPE_CHECKING:
    from clearinghouse.quotas.models import Quota


def publish_rules(round_: Round) -> str:
    """Write the rules of a round that is about to open, for good; return their digest.

    The digest is the SHA-256 of the canonical JSON (RFC 8785) that is stored.
    """
    text = engine.canonical_bytes(_rules_now(round_))
    RulesDocument.objects.create(round=round_, text=text.decode())
    return hashlib.sha256(text).hexdigest()


def check_rules_kept(round_: Round) -> None:
    """Refuse to seal a round whose postings or promises are not those that were published.

    No lawful difference exists: an open posting can neither be edited nor withdrawn. A round that
    opened before rules were published has nothing to compare.
    """
    text = queries.find_rules(round_)
    if text is not None:
        published = json.loads(text)
        now = _rules_now(round_) | {"round": published["round"]}
        guards.check_rules_unchanged(rules.changes(published, now))


def _rules_now(round_: Round) -> rules.Document:
    return rules.document(
        number=round_.number,
        opens_at=round_.opens_at,
        closes_at=round_.closes_at,
        house=rules.House(settings.REVEAL_MINUTES, settings.CERTIFIERS_NEEDED),
        postings=_postings(list_by_ids(queries.quota_ids_of(round_))),
    )


def _postings(quotas: "Iterable[Quota]") -> list[Mapping[str, object]]:
    return [_posting(quota) for quota in quotas]


def _posting(quota: "Quota") -> Mapping[str, object]:
    facts = facts_of(quota)
    return {
        "id": quota.reference,
        "state": quota.state.iso2,
        "quota": quota.places,
        "reserve": quota.reserved,
        "reserve_share": str(quota.reserve_share),
        "order": quota.reserve_order,
        "category": quota.category,
        "occupation": facts.occupation,
        "by_lot": quota.by_lot,
        "points": {criterion.value: weight for criterion, weight in facts.weights.items()},
        "priority_occupations": sorted(facts.priority_occupations),
        "requirements": {
            "occupation_digits": facts.occupation_digits,
            "language": facts.language,
            "language_level": facts.min_language_level,
            "experience_years": facts.min_experience_years,
            "qualification": facts.min_qualification,
            "open_to": sorted(facts.open_to),
        },
    }
