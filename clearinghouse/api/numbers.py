"""Published numbers in JSON: always with what they say."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clearinghouse.api.permissions import Public
from clearinghouse.matching import queries
from clearinghouse.statistics.enums import Kind, Precision
from clearinghouse.statistics.queries import cells_of, list_releases


class NumberOut(serializers.Serializer[Any]):
    """A count of people as it was published."""

    value = serializers.IntegerField(
        allow_null=True, help_text="Null unless the status is exact or about."
    )
    status = serializers.ChoiceField(
        source="precision",
        choices=Precision.choices,
        help_text="exact; about: rounded to 5; few: 0 to 9; many: 10 or more; withheld.",
    )
    since = serializers.IntegerField(help_text="The release of numbers that it comes from.")


class ReleaseOut(serializers.Serializer[Any]):
    """One release of the numbers of a round."""

    number = serializers.IntegerField()
    released_at = serializers.DateTimeField(source="made_at")
    reason = serializers.CharField(help_text="Why there is another one; empty for the first.")
    digest = serializers.CharField(help_text="SHA-256 of the canonical JSON of the content.")
    numbers = serializers.SerializerMethodField(help_text="By name; see /numbers/ for each.")
    content = serializers.JSONField(help_text="What the digest is of.")

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "object"}})
    def get_numbers(self, release: Any) -> dict[str, Any]:
        """Return every number by its name."""
        return {name: dict(NumberOut(cell).data) for name, cell in cells_of(release).items()}


class NumbersOfRound(APIView):
    """What was published of one round in numbers."""

    permission_classes = (Public,)

    @extend_schema(responses=ReleaseOut(many=True))
    def get(self, request: Request, number: int) -> Response:
        """List every release of the numbers of a round, the first one first; never recomputed.

        Not in pages: there is one a week at most, and only after refills.
        """
        round_ = queries.get_round(request.user, number)
        return Response(ReleaseOut(list_releases(Kind.ROUND, round_.number), many=True).data)
