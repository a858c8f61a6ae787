"""Offers: a worker's own, and the answers to them."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clearinghouse.access.checks import allows
from clearinghouse.access.permissions import Permission
from clearinghouse.api.pagination import CursorPages
from clearinghouse.api.permissions import UsesApi, caller_of
from clearinghouse.api.serializers import StrictIn, body
from clearinghouse.matching.enums import Seat
from clearinghouse.offers import queries, services
from clearinghouse.offers.enums import Status
from clearinghouse.shared import clock


class Answers(UsesApi):
    """Let workers in."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Answer for the whole view; whose offer it is, the queries decide."""
        return super().has_permission(request, view) and allows(request.user, Permission.OWN_OFFER)


class NewestFirst(CursorPages):
    """Offers, newest first."""

    ordering = ("-offered_at", "-public_id")


class OfferOut(serializers.Serializer[Any]):
    """An offer as the worker who has it sees it."""

    id = serializers.UUIDField(source="public_id")
    round = serializers.IntegerField(source="round.number")
    quota = serializers.UUIDField(source="quota.public_id")
    posting = serializers.CharField(source="quota.reference")
    title = serializers.CharField(source="quota.title")
    state = serializers.CharField(source="quota.state.iso2")
    seat = serializers.ChoiceField(choices=Seat.choices)
    status = serializers.ChoiceField(choices=Status.choices)
    offered_at = serializers.DateTimeField()
    deadline = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)


class Offers(ListAPIView[Any]):
    """The list of a worker's offers."""

    permission_classes = (Answers,)
    serializer_class = OfferOut
    pagination_class = NewestFirst
    filter_backends = ()

    def get_queryset(self) -> Any:
        """Return the caller's own; without a profile there are none."""
        return queries.list_mine(self.request.user)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the caller's own offers, newest first."""
        return super().get(request, *args, **kwargs)


class OneOffer(APIView):
    """One offer."""

    permission_classes = (Answers,)

    @extend_schema(responses=OfferOut)
    def get(self, request: Request, offer_id: UUID) -> Response:
        """Show one of the caller's own offers."""
        return Response(OfferOut(queries.get_own(request.user, offer_id)).data)


class AcceptOffer(APIView):
    """The answer yes."""

    permission_classes = (Answers,)

    @extend_schema(request=StrictIn, responses=OfferOut)
    def post(self, request: Request, offer_id: UUID) -> Response:
        """Accept an offer before its deadline; accepting twice is one answer."""
        body(StrictIn, request)
        offer = services.accept(by=caller_of(request), offer_id=offer_id, now=clock.now())
        return Response(OfferOut(offer).data)


class DeclineOffer(APIView):
    """The answer no."""

    permission_classes = (Answers,)

    @extend_schema(request=StrictIn, responses=OfferOut)
    def post(self, request: Request, offer_id: UUID) -> Response:
        """Decline an offer before its deadline, without any later harm; the place goes on."""
        body(StrictIn, request)
        offer = services.decline(by=caller_of(request), offer_id=offer_id, now=clock.now())
        return Response(OfferOut(offer).data)
