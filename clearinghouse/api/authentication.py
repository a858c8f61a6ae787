"""Who calls: API tokens, kept as digests."""

from typing import Any

from django.utils.translation import gettext as _
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from rest_framework.exceptions import AuthenticationFailed


class TokenAuthentication(KnoxTokenAuthentication):
    """Accept `Authorization: Token ...`; ended tokens and those of closed accounts are refused."""

    def authenticate(self, request: Any) -> Any:
        """Name the caller to the database too: the request's transaction has begun without one."""
        found = super().authenticate(request)
        if found is not None:
            request._request.act_as(found[0])
        return found

    def authenticate_credentials(self, token: bytes) -> Any:
        """Return (user, token), or refuse with the same sentence whatever is wrong with it."""
        try:
            return super().authenticate_credentials(token)
        except (AuthenticationFailed, UnicodeDecodeError) as error:
            raise AuthenticationFailed(
                _("This token is not valid. Ask the administrator for a new one."),
                code="token_not_valid",
            ) from error
