"""Forms of django-allauth that the house fits to itself: guesses are counted in PostgreSQL."""

from typing import Any

from allauth.account import forms as account
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import throttle
from accounts.codes import TooManyGuesses, check_code

TOO_MANY = _("Too many tries. Please wait five minutes.")
TOO_MANY_LONG = _("Too many tries. Please wait an hour.")


def _count(limit: throttle.Limit, net: throttle.Limit, what: str) -> None:
    address = get_account_adapter().get_client_ip(context.request)
    network = throttle.network_of(address)
    if not (throttle.spend(net, network) and throttle.spend(limit, what)):
        raise forms.ValidationError(TOO_MANY_LONG, code="too_many")


class SignUp(account.SignupForm):
    """Makes an account; tries are counted by address and by network, known address or not."""

    def clean_email(self) -> str:
        """Count before anything is looked up."""
        _count(throttle.SIGN_UP, throttle.SIGN_UP_NET, str(self.cleaned_data["email"]).lower())
        return str(super().clean_email())


class ResetPassword(account.ResetPasswordForm):
    """Asks for a link by mail; tries are counted by address and by network, known or not."""

    def clean_email(self) -> str:
        """Count before anything is looked up."""
        _count(throttle.RESET, throttle.RESET_NET, str(self.cleaned_data["email"]).lower())
        return str(super().clean_email())


class ChangePassword(account.ChangePasswordForm):
    """Changes a password; guesses of the old one count as guesses at sign-in."""

    def clean_oldpassword(self) -> str:
        """Count before the old password is compared."""
        if not throttle.spend(throttle.PASSWORD, self.user.email.lower()):
            raise forms.ValidationError(TOO_MANY, code="too_many")
        old = str(super().clean_oldpassword())
        throttle.forget(throttle.PASSWORD, self.user.email.lower())
        return old


class ActivateApp(ActivateTOTPForm):
    """Sets up an authenticator app; whoever does has just shown a code of it."""

    def clean_code(self) -> str:
        """Take the first code of the new app."""
        code = str(super().clean_code())
        record_authentication(context.request, self.user, method="mfa", type="totp")
        return code


class _CountedCode:
    """Looks at a code only while the account has guesses left."""

    user: Any
    cleaned_data: dict[str, Any]
    authenticator: Authenticator

    def clean_code(self) -> str:
        """Return the code if it belongs to a factor of this person and was not used before."""
        code = str(self.cleaned_data["code"])
        try:
            found = check_code(self.user, code, recovery=True)
        except TooManyGuesses:
            raise forms.ValidationError(TOO_MANY, code="too_many") from None
        if found is None:
            raise get_adapter().validation_error("incorrect_code")
        found.user = self.user
        self.authenticator = found
        return code


class AuthenticateByCode(_CountedCode, base.AuthenticateForm):
    """The second step of the sign-in."""


class ReauthenticateByCode(_CountedCode, base.ReauthenticateForm):
    """The second factor again, before a sensitive act."""
