"""What request bodies share: nothing is accepted that is not named."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from clearinghouse.shared.errors import Invalid


class StrictIn(serializers.Serializer[Any]):
    """A request body that refuses fields it does not know, so that no typing error goes unseen."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse unknown fields by name before any other check."""
        if isinstance(data, Mapping) and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError(
                {name: [_("This field is not known here.")] for name in unknown}
            )
        return super().to_internal_value(data)


class VersionIn(StrictIn):
    """A step that may say which version the caller has read."""

    version = serializers.IntegerField(
        required=False, min_value=1, help_text="The version that you have read; older is refused."
    )


class ReasonIn(VersionIn):
    """A step that needs a reason."""

    reason = serializers.CharField(max_length=2000, help_text="Why, in words for the others.")


class Problem(serializers.Serializer[Any]):
    """A refusal (RFC 9457), in the language of `Accept-Language`."""

    type = serializers.CharField(help_text="Always about:blank; `code` says what it is.")
    title = serializers.CharField(help_text="One sentence for a person.")
    status = serializers.IntegerField(help_text="The status code again.")
    code = serializers.CharField(help_text="A stable word for programs.")
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Sentences by field name.",
    )


def body(kind: type[StrictIn], request: Request) -> dict[str, Any]:
    """Parse a request body by its serializer or refuse with sentences by field."""
    parsed = kind(data=request.data)
    parsed.is_valid(raise_exception=True)
    return dict(parsed.validated_data)


def version_from(request: Request, given: int | None) -> int | None:
    """Return the version of the body or of `If-Match: "3"`; two different ones are refused."""
    header = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not header:
        return given
    if not header.isdecimal() or given not in {None, int(header)}:
        raise Invalid(
            _("Some fields are not right."),
            fields={"version": [_("If-Match must hold one version number, the same as the body.")]},
        )
    return int(header)
