"""Fits django-allauth to the house."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import letters, throttle
from accounts.enums import LetterKind
from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Counts guesses, asks for the second factor again, and mails by the outbox of letters."""

    def send_confirmation_mail(
        self,
        request: HttpRequest,  # noqa: ARG002
        emailconfirmation: Any,
        signup: bool,  # noqa: ARG002
    ) -> None:
        """Ask for a mail to an address to be confirmed; some an hour, so that nobody is flooded."""
        address = emailconfirmation.email_address
        if throttle.spend(throttle.CONFIRMATION, address.email.lower()):
            letters.write(LetterKind.CONFIRM, address.email, about=address.pk)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Refuse to mail inside a request, whose time would tell whom there is a mail for."""
        raise NotImplementedError(template_prefix)

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
