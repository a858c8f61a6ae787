"""Who calls: API tokens, kept as digests."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled

from accounts.codes import TooManyGuesses, check_code
from accounts.enums import OFFICIAL_ROLES
from accounts.queries import has_second_factor, roles_of
from clearinghouse.access.sensitive import HEADER, act_of_operation
from clearinghouse.shared.errors import Forbidden


class TokenAuthentication(KnoxTokenAuthentication):
    """Accept `Authorization: Token ...`; ended tokens and those of closed accounts are refused."""

    def authenticate(self, request: Any) -> Any:
        """Return (user, token), and name the caller to the database too.

        The request's transaction has begun without one. A sensitive act needs a code of the
        person's app besides.
        """
        found = super().authenticate(request)
        if found is not None:
            request._request.act_as(found[0])
            _check_fresh(request, found[0])
        return found

    def authenticate_credentials(self, token: bytes) -> Any:
        """Return (user, token), or refuse with the same sentence whatever is wrong with it."""
        try:
            user, found = super().authenticate_credentials(token)
        except (AuthenticationFailed, UnicodeDecodeError) as error:
            raise AuthenticationFailed(
                _("This token is not valid. Ask the administrator for a new one."),
                code="token_not_valid",
            ) from error
        if roles_of(user) & OFFICIAL_ROLES and not has_second_factor(user):
            raise Forbidden(
                _("Officials set up two-step sign-in in the portal first."),
                code="second_factor_missing",
            )
        return user, found


def _check_fresh(request: Any, user: Any) -> None:
    match = request.resolver_match
    act = act_of_operation(match.url_name or "", request.method) if match else None
    if act is None or not settings.FRESH_FACTOR_SECONDS:
        return
    code = request.headers.get(HEADER, "")
    if not code:
        raise Forbidden(
            _("This act needs the code that your authenticator app shows now (X-One-Time-Code)."),
            code="one_time_code_missing",
        )
    try:
        found = check_code(user, code, recovery=False)
    except TooManyGuesses as error:
        raise Throttled(detail=_("Too many tries. Please wait five minutes.")) from error
    if found is None:
        raise Forbidden(
            _("This code is wrong, too old or used already. Wait for the next one."),
            code="one_time_code_wrong",
        )
