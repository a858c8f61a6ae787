"""Fits django-allauth to the house."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from accounts import services
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

    def is_reauthentication_required(self, *, app: str, **_facts: Any) -> bool:  # noqa: ARG002
        """Leave this to the one table of sensitive acts, which asks for the second factor."""
        return False
