"""Forms of django-allauth that the house fits to itself."""

from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.mfa.totp.forms import ActivateTOTPForm


class ActivateApp(ActivateTOTPForm):  # type: ignore[misc]
    """Sets up an authenticator app; whoever does has just shown a code of it."""

    def clean_code(self) -> str:
        """Take the first code of the new app."""
        code = str(super().clean_code())
        record_authentication(context.request, self.user, method="mfa", type="totp")
        return code
