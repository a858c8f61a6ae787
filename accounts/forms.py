"""Forms of django-allauth that the house fits to itself: guesses are counted in PostgreSQL."""

from typing import Any

from allauth.account import forms as account
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.internal.flows.email_verification import (
    add_email_verification_sent_message,
)
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts import letters, services, throttle
from accounts.codes import TooManyGuesses, check_code
from accounts.enums import Language, LetterKind

TOO_MANY = _("Too many tries. Please wait five minutes.")
TOO_MANY_LONG = _("Too many tries. Please wait an hour.")


def _count(limit: throttle.Limit, net: throttle.Limit, what: str) -> None:
    address = get_account_adapter().get_client_ip(context.request)
    network = throttle.network_of(address)
    if not (throttle.spend(net, network) and throttle.spend(limit, what)):
        raise forms.ValidationError(TOO_MANY_LONG, code="too_many")


class SignUp(account.SignupForm):
    """Makes an account; known and unknown addresses cost the same and get the same answer."""

    def clean_email(self) -> str:
        """Count the try; nothing is looked up here."""
        email = str(self.cleaned_data["email"]).lower()
        _count(throttle.SIGN_UP, throttle.SIGN_UP_NET, email)
        return str(get_account_adapter().clean_email(email))

    def try_save(self, request: HttpRequest) -> tuple[None, HttpResponse]:
        """Keep the account and the letter, and say that a mail is on its way."""
        email = self.cleaned_data["email"]
        language = getattr(request, "LANGUAGE_CODE", "")
        made = services.sign_up(
            email=email,
            password=self.cleaned_data["password1"],
            language=language if language in Language.values else Language.ENGLISH,
        )
        letters.write(LetterKind.CONFIRM if made else LetterKind.KNOWN, email, about=made)
        add_email_verification_sent_message(request, email, signup=True)
        return None, get_account_adapter().respond_email_verification_sent(request, None)


class ResetPassword(account.ResetPasswordForm):
    """Asks for a link by mail; tries are counted by address and by network, known or not."""

    def clean_email(self) -> str:
        """Count the try; nothing is looked up here."""
        email = str(self.cleaned_data["email"]).lower()
        _count(throttle.RESET, throttle.RESET_NET, email)
        return str(get_account_adapter().clean_email(email))

    def save(self, request: HttpRequest, **_more: Any) -> str:  # noqa: ARG002
        """Ask for the mail; who sends it looks up whether there is such an account."""
        email = str(self.cleaned_data["email"])
        letters.write(LetterKind.NEW_PASSWORD, email)
        return email


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
