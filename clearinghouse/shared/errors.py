"""The few kinds of refusal that the house knows; doors turn them into pages and problem bodies."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise

Text = str | Promise


class DomainError(Exception):
    """A refusal that a person can read and act on.

    `message` is a translatable sentence; `code` is a stable word for programs; `fields` holds
    sentences by field name, so that a form comes back filled with each error at its place.
    """

    code = "refused"

    def __init__(
        self,
        message: Text,
        *,
        code: str | None = None,
        fields: Mapping[str, Sequence[Text]] | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.fields = dict(fields or {})
        self.facts = facts

    def __str__(self) -> str:
        return str(self.message)


class Forbidden(DomainError):
    """The actor may not do this, and may know that it exists."""

    code = "forbidden"


class NotFound(DomainError):
    """Absent or hidden: nobody can tell which."""

    code = "not_found"


class NotNow(DomainError):
    """Right person, wrong moment: a guard or a lifecycle refuses."""

    code = "not_now"


class Invalid(DomainError):
    """The content is wrong; `fields` says where."""

    code = "invalid"


class Conflict(DomainError):
    """Somebody else changed it first, or it exists already."""

    code = "conflict"
