"""The OpenAPI document: every operation has a sentence and its refusals."""

import re
from typing import Any
from uuid import UUID

from django.urls import resolve
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from rest_framework.permissions import AllowAny

from clearinghouse.access.sensitive import HEADER, act_of_operation
from clearinghouse.api.serializers import Problem

PROBLEMS = {
    "400": "The body is not JSON.",
    "401": "The token is missing or not valid.",
    "403": "The token's holder may not do this.",
    "404": "There is no such thing, or you may not know of it.",
    "409": "Not possible now, or somebody else changed it first.",
    "422": "Some fields are not right; `errors` names them.",
    "429": "Too many requests; `Retry-After` says when to try again.",
}
CODE = {
    "in": "header",
    "name": HEADER,
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9]{6}$"},
    "description": (
        "The code that the authenticator app of the token's holder shows now; each is good once. "
        "Without it: 403 with code `one_time_code_missing` or `one_time_code_wrong`."
    ),
}
_ALWAYS = frozenset({"401", "422", "429"})
_WRITING = frozenset({"400", "403", "409"})


class TokenScheme(OpenApiAuthenticationExtension):
    """Describe the token header."""

    target_class = "clearinghouse.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002
        """Return the scheme: `Authorization: Token ...`."""
        return dict(
            build_bearer_security_scheme_object(
                header_name="Authorization", token_prefix=self.target.authenticate_header("")
            )
        )


class HouseSchema(AutoSchema):
    """Take the summary from the method's docstring and add the problem bodies."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """Describe one operation with the refusals that it can answer."""
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        if act_of_operation(self._url_name(), self.method.upper()):
            operation.setdefault("parameters", []).append(CODE)
        reference = self.resolve_serializer(Problem, "response").ref
        for status in sorted(self._problem_statuses()):
            operation["responses"].setdefault(
                status,
                {
                    "description": PROBLEMS[status],
                    "content": {"application/problem+json": {"schema": reference}},
                },
            )
        return operation

    def get_summary(self) -> str:
        """Return the first line of the method's docstring."""
        lines = (self._method_docs() or "").strip().splitlines()
        return lines[0] if lines else ""

    def get_description(self) -> str:
        """Return the rest of the method's docstring."""
        lines = (self._method_docs() or "").strip().splitlines()
        return "\n".join(line.strip() for line in lines[1:]).strip()

    def _method_docs(self) -> str | None:
        method = getattr(self.view, self.method.lower(), None)
        return getattr(method, "__doc__", None)

    def _url_name(self) -> str:
        path = re.sub(r"{\w*id}", str(UUID(int=0)), self.path.replace("{number}", "1"))
        return str(resolve(path).url_name)

    def _problem_statuses(self) -> set[str]:
        statuses = set(_ALWAYS)
        if self.method.lower() not in {"get", "head", "options"}:
            statuses |= _WRITING
        elif not all(isinstance(one, AllowAny) for one in self.view.get_permissions()):
            statuses.add("403")
        if "{" in self.path:
            statuses.add("404")
        return statuses
