"""What lets others check a round: rules, sealed files, bundles, and the way out of a bad input."""

import json
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clearinghouse.access.checks import allows
from clearinghouse.access.permissions import Permission
from clearinghouse.api.permissions import Public, UsesApi, caller_of
from clearinghouse.api.rounds import RoundDetailOut, VoidIn, answer
from clearinghouse.api.serializers import body
from clearinghouse.matching import queries, services
from clearinghouse.matching.permissions import not_found
from clearinghouse.shared import clock
from clearinghouse.shared.texts import small_number

ZIP = {(200, "application/zip"): OpenApiTypes.BINARY}


class ReadsSealed(UsesApi):
    """Let certifiers and auditors in."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Answer for the whole view."""
        return super().has_permission(request, view) and allows(
            request.user, Permission.READ_SEALED
        )


class RoundRules(APIView):
    """The rules of a round."""

    permission_classes = (Public,)

    @extend_schema(responses={200: dict[str, Any]})
    def get(self, request: Request, number: int) -> Response:
        """Show the rules as published before lists opened (mvch-rules/1)."""
        text = queries.find_rules(queries.get_round(request.user, number))
        if text is None:
            raise not_found()
        return Response(json.loads(text))


class PublicBundle(APIView):
    """A round in one file, for everybody."""

    permission_classes = (Public,)

    @extend_schema(responses=ZIP)
    def get(self, request: Request, number: int) -> HttpResponse:
        """Download rules, secrets, digests and public results as a zip; no ballot is in it."""
        content = queries.public_bundle(queries.get_round(request.user, number))
        return HttpResponse(content, content_type="application/zip")


class SealedBundle(APIView):
    """A round in one file, whole."""

    permission_classes = (ReadsSealed,)

    @extend_schema(responses=ZIP)
    def get(self, request: Request, number: int) -> StreamingHttpResponse:
        """Download a sealed round under its pseudonyms as a zip, for `verify_round.py`."""
        round_ = queries.get_round(request.user, number)
        pieces = queries.sealed_bundle(round_, actor=request.user)
        return StreamingHttpResponse(pieces, content_type="application/zip")


class DischargeRound(APIView):
    """The way out of a draw whose input was unlawful."""

    permission_classes = (UsesApi,)

    @extend_schema(request=VoidIn, responses=RoundDetailOut)
    def post(self, request: Request, number: int) -> Response:
        """Agree, as a certifier, that the input of a repeated round was unlawful; two are needed.

        Then its people and postings are free for a new round, which gets a new draw.
        """
        given = body(VoidIn, request)
        services.discharge_entries(
            by=caller_of(request), number=number, reason=given["reason"], now=clock.now()
        )
        return answer(number, request)


GENERATION = OpenApiParameter("generation", int, description="0: the first run.")


class SealedMarket(APIView):
    """The sealed input."""

    permission_classes = (ReadsSealed,)

    @extend_schema(parameters=[GENERATION], responses={200: dict[str, Any]})
    def get(self, request: Request, number: int) -> Response:
        """Download a market (mvch-market/1): sealed, or that of a refill; 204 if there is none."""
        return _file(queries.market_json, number, request)


class WrittenPlan(APIView):
    """The plan."""

    permission_classes = (ReadsSealed,)

    @extend_schema(parameters=[GENERATION], responses={200: dict[str, Any]})
    def get(self, request: Request, number: int) -> Response:
        """Download a plan (mvch-plan/1); 204 if that generation has none."""
        return _file(queries.plan_json, number, request)


def _file(read: Callable[..., Any], number: int, request: Request) -> Response:
    round_ = queries.get_round(request.user, number)
    generation = small_number(request.query_params.get("generation", ""))
    content = read(round_, actor=request.user, generation=generation)
    return Response(status=204) if content is None else Response(content)
