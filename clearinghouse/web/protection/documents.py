"""Documents of a claim, for the protection body: a signed link of a minute, then a download.

The address that hands out a document knows no cookie: neither the session nor anything else that
a document could reach or change. The link names who asked and works once.
"""

import secrets
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.enums import Role
from accounts.queries import find_official
from clearinghouse.protection import services
from clearinghouse.protection.queries import get_evidence
from clearinghouse.shared import clock
from clearinghouse.shared.errors import Forbidden, NotFound
from clearinghouse.web.files import attachment
from clearinghouse.web.guard import SignedInRequest, require_role

officer = require_role(Role.PROTECTION_OFFICER)
SALT: Final = "clearinghouse.web.protection.documents"
SECONDS: Final = 60


@require_GET
@officer
def ask(request: SignedInRequest, evidence_id: UUID) -> HttpResponse:
    """Sign a link for this person and this document and go there."""
    get_evidence(request.user, evidence_id)
    said = [str(evidence_id), str(request.user.public_id), secrets.token_hex(8)]
    path = reverse("document", args=[signing.dumps(said, salt=SALT)])
    host = settings.DOCUMENTS_HOST
    response = redirect(f"{request.scheme}://{host}{path}" if host else path)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@require_GET
def hand_out(request: HttpRequest, token: str) -> HttpResponse:
    """Send a document to the person named in the link, once, within a minute; recorded."""
    try:
        evidence_id, user_id, once = signing.loads(token, salt=SALT, max_age=SECONDS)
    except (signing.BadSignature, ValueError):
        raise _gone() from None
    user = find_official(user_id)
    if user is None or not user.is_active or not cache.add(f"document:{once}", 1, SECONDS * 2):
        raise _gone()
    # There is no session here: the link says who asks, and the database must know it too.
    request.act_as(user)  # type: ignore[attr-defined]
    try:
        document = services.read_evidence(by=user, evidence_id=evidence_id, now=clock.now())
    except Forbidden:
        raise _gone() from None
    response = attachment(document.content, document.media_type, document.name)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; frame-ancestors 'none'; sandbox"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _gone() -> NotFound:
    return NotFound(_("This link has ended. Ask for the document again."))
