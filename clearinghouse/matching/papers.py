"""The explanation as a paper, with the signed text inside it as a file."""

from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _

from clearinghouse.matching.letters import CHECK_COMMAND
from clearinghouse.shared import signing

if TYPE_CHECKING:
    from clearinghouse.matching.queries.signed import SignedExplanation

SIGNED_NAME = "explanation.jws"


def paper_of(explanation: "SignedExplanation") -> bytes:
    """Return a signed explanation as PDF, with the JWS attached; the same bytes every time."""
    # Fonts and shaping are heavy, and most processes never make a paper.
    from clearinghouse.shared.papers import Paper  # noqa: PLC0415

    letter = explanation.letter
    paper = Paper(title=letter.title, language=explanation.language, made_at=explanation.decided_at)
    with translation.override(explanation.language):
        paper.paragraph(letter.introduction, quiet=True)
        paper.facts(letter.facts)
        paper.heading(letter.result.heading)
        for text in letter.result.paragraphs:
            paper.paragraph(text)
        paper.heading(letter.wishes_heading)
        paper.table(
            (_("Wish"), _("Posting"), _("Your points"), _("Cut-off"), _("Result")),
            [
                (
                    str(wish.choice),
                    wish.posting,
                    wish.points or "–",
                    wish.cutoff or "–",
                    " ".join(wish.reasons),
                )
                for wish in letter.wishes
            ],
            (14, 47, 22, 20, 71),
        )
        for section in letter.after:
            paper.heading(section.heading)
            for text in section.paragraphs:
                if CHECK_COMMAND in text:
                    paper.command(CHECK_COMMAND)
                else:
                    paper.paragraph(text)
        paper.facts((*letter.digests, (_("Key of the signature"), signing.key_id())), size=7.5)
        paper.attach(
            SIGNED_NAME,
            explanation.token.encode("ascii"),
            mime_type="application/jose",
            about=_("The signed text of this explanation"),
        )
    return paper.finish()
