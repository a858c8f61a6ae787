"""Where the places of a posting are, every move of them, and what became of the reserve."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clearinghouse.api.numbers import NumberOut
from clearinghouse.api.pagination import CursorPages
from clearinghouse.api.permissions import Public, UsesApi
from clearinghouse.ledger.enums import Cause, Kind
from clearinghouse.matching import queries as matching
from clearinghouse.offers import queries
from clearinghouse.quotas.queries import get_quota


class AccountOut(serializers.Serializer[Any]):
    """Places of one account; in a move, places that come to it (below zero: leave it)."""

    account = serializers.CharField(help_text="A code of the ledger; free: kinds not told apart.")
    places = serializers.IntegerField()


class PlacesOut(serializers.Serializer[Any]):
    """Where the places of a posting are now."""

    total = serializers.IntegerField(help_text="Published places; 0 before publication.")
    free = NumberOut()
    taken = NumberOut(help_text="Offered, accepted or granted; as last published for the public.")
    accounts = serializers.SerializerMethodField(
        help_text="Null for callers who may not read the ledger of this posting."
    )

    @extend_schema(responses=AccountOut(many=True, allow_null=True))
    def get_accounts(self, places: Any) -> list[dict[str, Any]] | None:
        """Return the accounts by code."""
        return None if places.accounts is None else _lines(places.accounts)


class MoveOut(serializers.Serializer[Any]):
    """One transaction of the ledger."""

    id = serializers.UUIDField(source="public_id")
    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    cause = serializers.ChoiceField(choices=Cause.choices, allow_blank=True)
    round = serializers.IntegerField(source="round_number", allow_null=True)
    run = serializers.UUIDField(allow_null=True)
    actor = serializers.CharField(help_text="The role that acted.")
    entries = serializers.SerializerMethodField()

    @extend_schema(responses=AccountOut(many=True))
    def get_entries(self, move: Any) -> list[dict[str, Any]]:
        """Return what the move brings to accounts."""
        return _lines(queries.lines_of(move, with_reserve=self.context["with_reserve"]))


class CauseOut(serializers.Serializer[Any]):
    """How many reserved places reverted for one cause."""

    cause = serializers.ChoiceField(choices=Cause.choices)
    places = NumberOut()


class StateReserveOut(serializers.Serializer[Any]):
    """The reserve of one state in a released round."""

    state = serializers.CharField()
    reserve = serializers.IntegerField()
    filled = NumberOut()
    reverted = NumberOut()
    causes = serializers.SerializerMethodField()

    @extend_schema(responses=CauseOut(many=True))
    def get_causes(self, row: Any) -> list[dict[str, Any]]:
        """Return the places by cause."""
        rows = [{"cause": cause.value, "places": places} for cause, places in row.causes]
        return [dict(line) for line in CauseOut(rows, many=True).data]


class ByBooking(CursorPages):
    """Moves, newest first."""

    ordering = ("-at", "-public_id")


class PlacesOfQuota(APIView):
    """The places of one posting."""

    permission_classes = (Public,)

    @extend_schema(responses=PlacesOut)
    def get(self, request: Request, quota_id: UUID) -> Response:
        """Say where the places of a posting are; officials of its state see every account."""
        quota = get_quota(quota_id, actor=request.user)
        return Response(PlacesOut(queries.places_of(quota, actor=request.user)).data)


class MovesOfQuota(ListAPIView[Any]):
    """The statement of one posting."""

    permission_classes = (UsesApi,)
    serializer_class = MoveOut
    pagination_class = ByBooking
    filter_backends = ()

    def get(self, request: Request, quota_id: UUID) -> Response:
        """List every move of the places of a posting of the caller's own state, newest first."""
        quota = get_quota(quota_id, actor=request.user)
        page = self.paginate_queryset(queries.list_moves(quota, actor=request.user))
        shown = queries.shows_kinds(quota, actor=request.user)
        rows = MoveOut(page, many=True, context={"with_reserve": shown})
        return self.get_paginated_response(rows.data)


class ReserveOfRound(APIView):
    """The reserve of one round."""

    permission_classes = (Public,)

    @extend_schema(responses=StateReserveOut(many=True))
    def get(self, request: Request, number: int) -> Response:
        """Hold the reserve of each state against what became of it in a released round.

        Not in pages: there are fewer states than rows of a page. Before the release: nothing.
        """
        round_ = matching.get_round(request.user, number)
        rows = matching.list_state_reserves(round_, actor=request.user)
        return Response(StateReserveOut(rows, many=True).data)


def _lines(lines: Any) -> list[dict[str, Any]]:
    return [{"account": account, "places": places} for account, _label, places in lines]
