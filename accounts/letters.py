"""Mails about accounts: asked for by a request, written and sent by the background.

A request keeps one row, whoever the address belongs to, and looks nothing up for it; so neither
its answer nor its time depends on that. Who sends reads the row, writes the mail that fits what
the tables say then, and deletes the row. No link and no secret is ever kept. Times are the
database's own.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPException

from allauth.account.forms import default_token_generator
from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.dispatch import Signal
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from accounts.enums import Language, LetterKind
from accounts.models import Letter

log = logging.getLogger(__name__)

# Who listens nudges the background; without it the sweep finds the row.
written = Signal()
# How long to wait after each failed try; then the letter is given up and deleted.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (0, 1, 5, 15, 60, 240))
LONGEST = timedelta(hours=12)
# A value error is an address or a header that no mail may carry.
_FAILURES = (SMTPException, OSError, ValueError)
# The web's login may add a row and not read it, so nothing is returned.
_WRITE = """
    INSERT INTO accounts_letter (public_id, kind, email, about, language, tries, made_at)
    VALUES (gen_random_uuid(), %s, %s, %s, %s, 0, statement_timestamp())
"""
Text = tuple[str, dict[str, str]]


def write(kind: LetterKind, email: str, *, about: int | None = None) -> None:
    """Ask for a mail in the active language; `about` is the key of an address to be confirmed."""
    language = translation.get_language() or Language.ENGLISH
    known = language if language in Language.values else Language.ENGLISH
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [kind.value, email, about, str(known)])
    written.send(sender=Letter)


def deliver(*, limit: int = 100) -> int:
    """Send up to `limit` letters and return how many went out.

    Each is locked while it is sent and deleted in the same transaction, so that several processes
    share the work and a crash repeats one mail at most. A server that does not answer costs no
    letter a try.
    """
    if not Letter.objects.exists():
        return 0
    sent, tried, server = 0, list[int](), mail.get_connection()
    while len(tried) < limit and _is_reachable(server):
        success = _deliver_next(server, tried)
        if success is None:
            break
        sent += success
        if not success:
            server.close()
    server.close()
    Letter.objects.filter(made_at__lt=Now() - LONGEST).delete()
    return sent


def _is_reachable(server: BaseEmailBackend) -> bool:
    try:
        server.open()
    except _FAILURES as error:
        log.warning("mail server not reached", extra={"error": type(error).__name__})
        return False
    return True


@transaction.atomic
def _deliver_next(server: BaseEmailBackend, tried: list[int]) -> bool | None:
    due = Q(tried_at__isnull=True)
    for tries, pause in enumerate(PAUSES):
        due |= Q(tries=tries, tried_at__lte=Now() - pause)
    waiting = Letter.objects.select_for_update(skip_locked=True).filter(due).exclude(pk__in=tried)
    letter = waiting.order_by("pk").first()
    if letter is None:
        return None
    tried.append(letter.pk)
    if _send(letter, server):
        letter.delete()
        return True
    Letter.objects.filter(pk=letter.pk).update(tries=letter.tries + 1, tried_at=Now())
    return False


def _send(letter: Letter, server: BaseEmailBackend) -> bool:
    with translation.override(letter.language):
        mails = [_render(letter, *text) for text in _TEXTS[letter.kind](letter)]
    try:
        for one in mails:
            one.connection = server
            one.send()
    except _FAILURES as error:
        facts = {"letter": str(letter.public_id), "error": type(error).__name__}
        log.warning("mail not sent, will be tried again", extra=facts)
        return False
    return True


def _render(letter: Letter, template: str, facts: dict[str, str]) -> mail.EmailMessage:
    subject = render_to_string(f"account/email/{template}_subject.txt", facts)
    return mail.EmailMessage(
        subject=" ".join(subject.split()),
        body=render_to_string(f"account/email/{template}_message.txt", facts).strip() + "\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[letter.email],
        headers={"Auto-Submitted": "auto-generated"},
    )


def _link(name: str, *args: str) -> str:
    return f"{settings.SITE_URL.rstrip('/')}{reverse(name, args=args)}"


def _confirmation(letter: Letter) -> list[Text]:
    waiting = EmailAddress.objects.filter(pk=letter.about, email=letter.email, verified=False)
    return [
        (
            "email_confirmation",
            {"activate_url": _link("account_confirm_email", EmailConfirmationHMAC(one).key)},
        )
        for one in waiting
    ]


def _known(_letter: Letter) -> list[Text]:
    facts = {"password_reset_url": _link("account_reset_password")}
    return [("account_already_exists", facts)]


def _new_password(letter: Letter) -> list[Text]:
    users = filter_users_by_email(
        letter.email, is_active=True, prefer_verified=True, for_login=True
    )
    if not users:
        return [("unknown_account", {"signup_url": _link("account_signup")})]
    found = []
    for user in users:
        words = (user_pk_to_url_str(user), default_token_generator.make_token(user))
        link = _link("account_reset_password_from_key", *words)
        found.append(("password_reset_key", {"password_reset_url": link}))
    return found


_TEXTS: dict[str, Callable[[Letter], list[Text]]] = {
    LetterKind.CONFIRM: _confirmation,
    LetterKind.KNOWN: _known,
    LetterKind.NEW_PASSWORD: _new_password,
}
