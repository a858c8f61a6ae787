"""Fits django-allauth to the house."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from accounts import services, throttle
from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Gives everybody who signs up by themselves the role of a worker."""

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Save a new account in the language that the person reads."""
        user.language = getattr(request, "LANGUAGE_CODE", user.language)
        user = super().save_user(request, user, form, commit=commit)
        if commit:
            services.grant_worker(user)
        return user

    def send_account_already_exists_mail(self, email: str) -> None:
        """Write to the owner of a known address, after as much work as a new account takes."""
        make_password(get_random_string(20))
        super().send_account_already_exists_mail(email)

    def send_confirmation_mail(
        self, request: HttpRequest, emailconfirmation: Any, signup: bool
    ) -> None:
        """Write to an address to be confirmed; some mails an hour, so that nobody is flooded."""
        address = emailconfirmation.email_address.email.lower()
        if throttle.spend(throttle.CONFIRMATION, address):
            super().send_confirmation_mail(request, emailconfirmation, signup)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """List ways to show who one is again; whoever has a second factor shows that one."""
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        factors = [way for way in ways if way["id"] != "reauthenticate"]
        return factors or ways

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the guess before anything is compared; refuse it when there were too many."""
        email = str(credentials.get("email", "")).lower()
        network = throttle.network_of(self.get_client_ip(request))
        if not (
            throttle.spend(throttle.PASSWORD_NET, network)
            and throttle.spend(throttle.PASSWORD, email)
        ):
            raise ValidationError(_("Too many tries. Please wait five minutes."), code="too_many")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Compare a password; a right one takes its own guess back."""
        user: User | None = super().authenticate(request, **credentials)
        if user is not None:
            throttle.forget(throttle.PASSWORD, str(credentials.get("email", "")).lower())
            network = throttle.network_of(self.get_client_ip(request))
            throttle.give_back(throttle.PASSWORD_NET, network)
        return user

    def is_reauthentication_required(self, *, app: str, **_facts: Any) -> bool:  # noqa: ARG002
        """Leave this to the one table of sensitive acts, which asks for the second factor."""
        return False
