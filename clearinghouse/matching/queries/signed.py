"""Signed explanations: one document a person and round, the same bytes whenever it is asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import translation

from clearinghouse.matching.letters import Letter, address_of, letter_of
from clearinghouse.matching.models import Round, SealedEntry
from clearinghouse.matching.papers import paper_of
from clearinghouse.matching.permissions import check_can_read_sealed
from clearinghouse.matching.queries.explanations import (
    Explanation,
    WishExplanation,
    explain_for,
)
from clearinghouse.people.queries import list_by_ids as list_workers
from clearinghouse.shared import signing

if TYPE_CHECKING:
    from clearinghouse.people.models import Worker

FORMAT = "mvch-explanation/1"
# The `typ` of the signature's header (RFC 7515, 4.1.9).
KIND = "mvch-explanation+json"
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class SignedExplanation:
    """An explanation in one language: in words, as a document, and the document signed (JWS)."""

    letter: Letter
    language: str
    document: dict[str, Any]
    token: str
    decided_at: datetime


def signed_explanation_for(
    worker: "Worker", round_: Round, *, language: str = ""
) -> SignedExplanation:
    """Explain a released round to a person who took part, signed; else `NotFound`.

    `language` is one of the portal's; empty means the active one.
    """
    wanted = language if language in dict(settings.LANGUAGES) else translation.get_language()
    return _signed(explain_for(worker, round_), wanted or settings.LANGUAGE_CODE)


def explanation_paper_for(worker: "Worker", round_: Round, *, language: str = "") -> bytes:
    """Return what `signed_explanation_for` does as PDF, with the signed text inside."""
    return paper_of(signed_explanation_for(worker, round_, language=language))


def check_explanation(token: str) -> signing.Signed:
    """Return what a signed explanation says; raises `signing.SignatureRefusedError`.

    Blanks and line breaks, which mail programs add, do not count.
    """
    found = signing.open_signed("".join(token.split()), kind=KIND)
    if found.document.get("format") != FORMAT:
        raise signing.SignatureRefusedError("malformed")
    return found


def list_signed_explanations(
    round_: Round, *, actor: Any
) -> Iterator[tuple[str, SignedExplanation]]:
    """Yield (candidate, signed explanation) for everybody of a released round, for its archive.

    Each in the language of the person's account. Who is protected can be read from them, so only
    those who may read sealed input may list them.
    """
    check_can_read_sealed(actor, round_)
    entries = SealedEntry.objects.filter(round=round_).order_by("pk")
    rows = entries.values_list("candidate", "worker_id").iterator(chunk_size=_CHUNK)
    chunk: list[tuple[str, int]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            yield from _signed_of(round_, chunk)
            chunk = []
    yield from _signed_of(round_, chunk)


def _signed_of(
    round_: Round, chunk: list[tuple[str, int]]
) -> Iterator[tuple[str, SignedExplanation]]:
    workers = {worker.pk: worker for worker in list_workers(key for _, key in chunk)}
    for candidate, key in chunk:
        worker = workers[key]
        language = worker.user.language if worker.user else settings.LANGUAGE_CODE
        yield candidate, signed_explanation_for(worker, round_, language=language)


def _signed(explanation: Explanation, language: str) -> SignedExplanation:
    with translation.override(language):
        letter = letter_of(explanation)
        document = _document(explanation, language) | {"text": letter.as_text()}
    return SignedExplanation(
        letter=letter,
        language=language,
        document=document,
        token=signing.sign(document, kind=KIND),
        decided_at=_decided_at(explanation),
    )


def _decided_at(explanation: Explanation) -> datetime:
    moment = explanation.run.applied_at or explanation.round.released_at
    assert moment is not None, "only released rounds are explained"
    return moment.astimezone(UTC).replace(microsecond=0)


def _document(explanation: Explanation, language: str) -> dict[str, Any]:
    round_ = explanation.round
    return {
        "format": FORMAT,
        "issuer": settings.SITE_URL.rstrip("/"),
        "round": round_.number,
        "generation": explanation.generation,
        "decided_at": _decided_at(explanation).isoformat().replace("+00:00", "Z"),
        "candidate": explanation.candidate,
        "input_digest": round_.input_digest,
        "seed": round_.seed,
        "market_digest": explanation.run.market_digest,
        "plan_digest": explanation.run.plan_digest,
        "engine": explanation.run.engine_version,
        "lottery": {"place": explanation.lottery_place, "of": explanation.lottery_of},
        "result": None
        if explanation.quota is None
        else {"posting": explanation.quota.reference, "seat": explanation.seat},
        "wishes": [_wish(wish) for wish in explanation.wishes],
        "complaint": {
            "address": settings.COMPLAINTS_ADDRESS or None,
            "deadline": None,
            "check": address_of("public-check"),
            "round": address_of("public-result", round_.number),
        },
        "language": language,
    }


def _wish(wish: WishExplanation) -> dict[str, Any]:
    return {
        "choice": wish.choice,
        "posting": wish.posting,
        "state": wish.quota.state.iso2,
        "title": wish.quota.title,
        "result": wish.result.value,
        "points": wish.points,
        "parts": {criterion.value: points for criterion, points in wish.parts},
        "cutoff": wish.cutoff,
        "gap": wish.gap,
        "points_needed": wish.points_needed,
        "reasons": [reason.value for reason in wish.reasons],
    }
