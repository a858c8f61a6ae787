"""The single table from refusal to status code and problem body (RFC 9457)."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from clearinghouse.shared.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    NotNow,
)

STATUS: dict[type[DomainError], int] = {
    Forbidden: 403,
    NotFound: 404,
    NotNow: 409,
    Conflict: 409,
    Invalid: 422,
}
CONTENT_TYPE = "application/problem+json"


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer every refusal with a problem body; anything else is a bug and surfaces as 500."""
    if isinstance(error, DomainError):
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
        return problem(status, str(error.message), code=error.code, fields=error.fields)
    response = exception_handler(error, context)
    if response is None:
        return None
    body = _framework_problem(error, response.status_code)
    for name in ("WWW-Authenticate", "Retry-After", "Allow"):
        if name in response.headers:
            body[name] = response.headers[name]
    return body


def problem(
    status: int, title: str, *, code: str, fields: Mapping[str, Any] | None = None
) -> Response:
    """Build a problem body: type, title, status, code, and sentences by field."""
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "code": code}
    if fields:
        body["errors"] = {name: _sentences(texts) for name, texts in fields.items()}
    return Response(body, status=status, content_type=CONTENT_TYPE)


def _framework_problem(error: Exception, status: int) -> Response:
    if isinstance(error, exceptions.ValidationError):
        fields = error.detail if isinstance(error.detail, dict) else {"": error.detail}
        return problem(422, _("Some fields are not right."), code="invalid", fields=fields)
    if isinstance(error, Http404 | exceptions.NotFound):
        return problem(404, _("There is nothing at this address."), code="not_found")
    if isinstance(error, exceptions.PermissionDenied):
        return problem(403, _("Your role does not allow this."), code="forbidden")
    detail = getattr(error, "detail", None)
    return problem(status, str(detail or error), code=str(getattr(detail, "code", "error")))


def _sentences(texts: Any) -> list[str]:
    """Flatten what the framework nests, so that every field holds a plain list of sentences."""
    if isinstance(texts, Mapping):
        return [sentence for nested in texts.values() for sentence in _sentences(nested)]
    if isinstance(texts, list | tuple):
        return [sentence for nested in texts for sentence in _sentences(nested)]
    return [str(texts)]
