"""What messages say: one neutral sentence by kind, no status words, never a name.

A mail may be read by others than its recipient. So it says only that something waits in the portal,
and mails about protection are word for word those about applications.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from babel.dates import format_date
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import Language
from accounts.queries import invitation_token
from clearinghouse.notices.enums import Kind

Facts = Mapping[str, Any]

SENTENCES: Mapping[str, Promise] = {
    Kind.APPLICATION_RECEIVED: gettext_lazy(
        "Your application has arrived. You can change it until its round closes."
    ),
    Kind.APPLICATION_CHECKED: gettext_lazy(
        "Your application has been checked. Sign in to read the answer for each wish."
    ),
    Kind.NOMINATED: gettext_lazy(
        "A state has put your name forward for work abroad. It counts only if you agree, "
        "and you lose nothing if you do not."
    ),
    Kind.RESULT_READY: gettext_lazy(
        "The results of the round are published. Sign in to read your result and the reasons."
    ),
    Kind.OFFER_REMINDER: gettext_lazy("An offer waits for your answer."),
    Kind.OFFER_LAPSED: gettext_lazy(
        "The time to answer your offer is over. This does not make any later result worse."
    ),
    Kind.OFFER_IMPROVED: gettext_lazy(
        "A place that you ranked higher became free. Sign in to read the new offer."
    ),
    Kind.DETERMINATION_READY: gettext_lazy("There is news about your case. Sign in to read it."),
    Kind.QUOTA_TO_APPROVE: gettext_lazy("A colleague has submitted a quota for your decision."),
    Kind.QUOTA_DECIDED: gettext_lazy("A quota that you submitted has been decided."),
    Kind.ROUND_TO_CERTIFY: gettext_lazy("A verified round waits for your certification."),
    Kind.RUN_FAILED: gettext_lazy(
        "A run of the matcher has failed. Nothing was written. The reason is on the round's page."
    ),
    Kind.INVITATION: gettext_lazy(
        "You are invited to work with the Mobility Visa Clearing House. "
        "Open the link to accept. It works once and for a few days only."
    ),
}

# A mail about one of these must not be told apart from a mail about another.
_ALIKE_IN_MAIL = frozenset({Kind.APPLICATION_CHECKED, Kind.DETERMINATION_READY})


@dataclass(frozen=True, slots=True)
class Mail:
    """The two texts of a mail."""

    subject: str
    body: str


def title(kind: str) -> str:
    """Return the heading of a message in the active language."""
    return str(Kind(kind).label)


def sentence(kind: str, facts: Facts) -> str:
    """Say in the active language what a message is about, and by when to answer if it says so."""
    text = str(SENTENCES[kind])
    moment = parse_datetime(str(facts.get("answer_by", "")))
    if moment is None:
        return text
    local = timezone.localtime(moment)
    when = {
        "day": format_date(local, "long", locale=translation.get_language() or "en"),
        "time": local.strftime("%H:%M"),
        "zone": local.tzname(),
    }
    return " ".join([text, _("Please answer by %(day)s, %(time)s (%(zone)s).") % when])


def render_mail(kind: str, facts: Facts, *, language: str, has_account: bool = True) -> Mail:
    """Write a mail in the recipient's language.

    A nominated person without an account has told nobody a language: that mail speaks all four.
    """
    everyone = kind == Kind.NOMINATED and not has_account
    languages = Language.values if everyone else [language]
    parts = [_part(kind, facts, each, has_account=has_account) for each in languages]
    subjects = [part.subject for part in parts]
    return Mail(" / ".join(subjects), "\n\n".join(part.body for part in parts) + "\n")


def _part(kind: str, facts: Facts, language: str, *, has_account: bool) -> Mail:
    shown = Kind.DETERMINATION_READY if kind in _ALIKE_IN_MAIL else kind
    with translation.override(language):
        lines = [
            sentence(shown, facts),
            _link(kind, facts, has_account=has_account),
            _("The clearing house is free for workers. It never asks for money or a password."),
            _("Mobility Visa Clearing House"),
        ]
        return Mail(title(shown), "\n\n".join(lines))


def _link(kind: str, facts: Facts, *, has_account: bool) -> str:
    if kind == Kind.INVITATION:
        path = reverse("invitation", args=[invitation_token(facts["invitation"])])
    else:
        path = reverse("my-messages" if has_account else "account_signup")
    return f"{settings.SITE_URL.rstrip('/')}{path}"
