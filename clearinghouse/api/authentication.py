"""Who calls: API tokens, kept as digests."""

from typing import Any

from django.utils.translation import gettext as _
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from accounts.enums import OFFICIAL_ROLES
from accounts.queries import has_second_factor, roles_of
from clearinghouse.shared.errors import Forbidden


class TokenAuthentication(KnoxTokenAuthentication):
    """Accept `Authorization: Token ...`; ended tokens and those of closed accounts are refused."""

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
