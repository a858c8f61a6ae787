"""An explanation in plain words of the active language: what was decided, why, and what to do.

It holds numbers of the person's own and cut-offs, never another person. Every sentence must be
true for whoever reads it, so it says no more than the certificate of cut-offs does.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from babel.dates import format_date
from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi, ngettext
from django.utils.translation import gettext as _

from clearinghouse.matching.enums import Seat, WishResult
from clearinghouse.registry.queries import state_name
from clearinghouse.shared.texts import isolated

if TYPE_CHECKING:
    from clearinghouse.matching.queries.explanations import Explanation, WishExplanation
    from clearinghouse.quotas.models import Quota

CHECK_COMMAND = "python3 verify_round.py explanation.jws --keys keys.json"


@dataclass(frozen=True, slots=True)
class WishLine:
    """One wish in words; points and cut-off are numbers, empty where none counts."""

    choice: int
    label: str
    posting: str
    points: str
    cutoff: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its paragraphs."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """The whole explanation; `facts` are (label, value), values being numbers, dates or digests."""

    title: str
    introduction: str
    facts: tuple[tuple[str, str], ...]
    digests: tuple[tuple[str, str], ...]
    result: Section
    wishes_heading: str
    wishes: tuple[WishLine, ...]
    after: tuple[Section, ...]

    def as_text(self) -> str:
        """Return the letter as plain text while its language is active.

        One paragraph a line, an empty line before each heading.
        """
        lines = [self.title, self.introduction]
        lines += [_pair(label, isolated(value)) for label, value in self.facts]
        lines += ["", self.result.heading, *self.result.paragraphs, "", self.wishes_heading]
        for wish in self.wishes:
            lines.append(f"{wish.label} {wish.posting}")
            lines.append(" ".join(wish.reasons))
        for section in self.after:
            lines += ["", section.heading, *section.paragraphs]
        return "\n".join(lines) + "\n"


def letter_of(explanation: "Explanation") -> Letter:
    """Return an explanation in the active language."""
    round_ = explanation.round
    number = {"number": round_.number}
    return Letter(
        title=_("Explanation of your result, round %(number)s") % number,
        introduction=_(
            "This document says what was decided and why. It is signed, so a changed copy can be "
            "told from the real one. It names cut-offs and no person: a number stands for you."
        ),
        facts=tuple(_facts(explanation)),
        digests=(
            (_("Digest of the sealed lists"), round_.input_digest),
            (_("Seed of the draw"), round_.seed),
            (_("Digest of the market"), explanation.run.market_digest),
            (_("Digest of the result"), explanation.run.plan_digest),
        ),
        result=_result(explanation),
        wishes_heading=_("Why? Your wishes one by one"),
        wishes=tuple(_wish(wish) for wish in explanation.wishes),
        after=(
            _draw(explanation),
            Section(_("What would have changed the result"), tuple(_changes(explanation))),
            _mistake(),
            _check(),
        ),
    )


def address_of(name: str, *arguments: object) -> str:
    """Return the whole address of a public page."""
    return f"{settings.SITE_URL.rstrip('/')}{reverse(name, args=arguments)}"


def _pair(label: object, value: object) -> str:
    """Put a label before a value, with the colon of the active language."""
    return _("%(label)s: %(error)s") % {"label": label, "error": value}


def _address(name: str) -> str:
    """Return an address that can be copied: nothing unseen around it unless lines need it."""
    address = address_of(name)
    return isolated(address) if get_language_bidi() else address


def _facts(explanation: "Explanation") -> Iterator[tuple[str, str]]:
    since = explanation.run.applied_at or explanation.round.released_at
    yield _("Round"), str(explanation.round.number)
    if explanation.generation:
        refill = _("Refill %(number)s") % {"number": explanation.generation}
        yield _("Stands since"), f"{_date(since)}, {refill}"
    else:
        yield _("Released"), _date(since)
    yield _("Your number in this round"), explanation.candidate


def _date(moment: object) -> str:
    return str(format_date(moment, format="long", locale=get_language() or "en"))


def _result(explanation: "Explanation") -> Section:
    quota = explanation.quota
    if quota is None:
        return Section(_("No place in this round"), (_("None of your wishes led to a place."),))
    sentences = {
        Seat.OPEN: _("It is an open place. Everybody could get it."),
        Seat.RESERVED: _(
            "It is one of the places kept for people who had to flee. No state is told this."
        ),
        Seat.REVERTED: _(
            "It was kept for refugees. No refugee needed it, so it was open to everybody."
        ),
    }
    sentence = sentences[Seat(explanation.seat)]
    return Section(_("You got a place"), (_named(quota, quota.reference), sentence))


def _named(quota: "Quota", reference: str) -> str:
    return _("%(posting)s, %(state)s (%(reference)s)") % {
        "posting": isolated(quota.title),
        "state": state_name(quota.state),
        "reference": isolated(reference),
    }


def _wish(wish: "WishExplanation") -> WishLine:
    return WishLine(
        choice=wish.choice,
        label=_("Wish %(number)s:") % {"number": wish.choice},
        posting=_named(wish.quota, wish.posting),
        points="" if wish.points is None else str(wish.points),
        cutoff="" if wish.cutoff is None else str(wish.cutoff),
        reasons=tuple(_reasons(wish)),
    )


def _reasons(wish: "WishExplanation") -> Iterator[str]:
    yield str(wish.result.label)
    if wish.points is not None:
        had = ngettext("You had %(points)s point.", "You had %(points)s points.", wish.points)
        yield had % {"points": wish.points}
    counted = [(label, points) for label, points in wish.parts if points]
    if counted:
        parts = " · ".join(_pair(criterion.label, points) for criterion, points in counted)
        yield _("They come from: %(parts)s.") % {"parts": parts}
    if wish.cutoff is not None:
        yield ngettext(
            "The cut-off that counted for you was %(cutoff)s point.",
            "The cut-off that counted for you was %(cutoff)s points.",
            wish.cutoff,
        ) % {"cutoff": wish.cutoff}
    if wish.gap:
        short = ngettext(
            "You were %(gap)s point short.", "You were %(gap)s points short.", wish.gap
        )
        yield short % {"gap": wish.gap}
    yield from (str(reason.label) for reason in wish.reasons)


def _draw(explanation: "Explanation") -> Section:
    numbers = {"place": explanation.lottery_place, "total": explanation.lottery_of}
    sentence = _(
        "Your number in the draw was %(place)s of %(total)s. Number 1 is the best. "
        "It only decides between people with the same points."
    )
    return Section(_("The draw"), (sentence % numbers,))


def _changes(explanation: "Explanation") -> Iterator[str]:
    missed = [
        wish
        for wish in explanation.wishes
        if wish.result not in {WishResult.PLACED, WishResult.PLACED_HIGHER}
    ]
    if not missed:
        yield _("Nothing: you got the wish at the top of your list.")
    for wish in missed:
        label = _("Wish %(number)s:") % {"number": wish.choice}
        yield f"{label} {_change(wish)}"
    if any(wish.points_needed is not None for wish in missed):
        yield _("This is no promise of a place: who moves up can move others.")
    if missed:
        yield _("Another order of the same wishes could not have given you anything better.")


def _change(wish: "WishExplanation") -> str:
    if wish.points_needed is not None:
        sentence = ngettext(
            "%(points)s point would have met the cut-off.",
            "%(points)s points would have met the cut-off.",
            wish.points_needed,
        )
        return sentence % {"points": wish.points_needed}
    if wish.result == WishResult.NOT_ELIGIBLE:
        return _("You would have to meet what the posting asks for.")
    if wish.result == WishResult.NOT_CHECKED:
        return _("The check would have to be finished before the round closed.")
    return _("No number of points would have been enough.")


def _mistake() -> Section:
    address = settings.COMPLAINTS_ADDRESS
    return Section(
        _("If you think that there is a mistake"),
        (
            _("Compare the points, the requirements and the order of wishes with your own papers."),
            _("Write to %(address)s and send this document.") % {"address": isolated(address)}
            if address
            else _("Show this document to the organisation that helps you, or to a lawyer."),
            _(
                "This portal sets no deadline for complaints. A law may set one, so do not wait. "
                "Nobody can change a single result by hand."
            ),
        ),
    )


def _check() -> Section:
    return Section(
        _("How to check this document"),
        (
            _("On the internet: paste the signed text at %(address)s. Nothing of it is kept.")
            % {"address": _address("public-check")},
            _(
                "Without us: save the signed text as explanation.jws and the public keys from "
                "%(address)s as keys.json. Then run:"
            )
            % {"address": _address("api-keys")},
            CHECK_COMMAND,
        ),
    )
