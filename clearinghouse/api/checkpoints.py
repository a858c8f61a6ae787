"""What holds the house to its word: signed checkpoints, receipts, and who read one's record."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clearinghouse.api.applications import Applies
from clearinghouse.api.pagination import CursorPages
from clearinghouse.api.permissions import Public
from clearinghouse.applications import queries as applications
from clearinghouse.audit import queries
from clearinghouse.audit.enums import Purpose
from clearinghouse.people.queries import find_worker


class CheckpointOut(serializers.Serializer[Any]):
    """One signed checkpoint."""

    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    entries = serializers.IntegerField(help_text="Records since the checkpoint before.")
    digest = serializers.CharField(help_text="SHA-256 of the token; the next one names it.")
    token = serializers.CharField(help_text="The signed text (compact JWS); keep exactly this.")


class ByNumber(CursorPages):
    """Checkpoints, newest first."""

    ordering = ("-number",)


class Checkpoints(ListAPIView[Any]):
    """Checkpoints of the audit trail."""

    permission_classes = (Public,)
    serializer_class = CheckpointOut
    pagination_class = ByNumber
    filter_backends = ()

    def get_queryset(self) -> Any:
        """Return all of them."""
        return queries.list_checkpoints()

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List signed checkpoints of the audit trail, newest first; keep copies of them."""
        return super().get(request, *args, **kwargs)


class OneCheckpoint(APIView):
    """One checkpoint."""

    permission_classes = (Public,)

    @extend_schema(responses=CheckpointOut)
    def get(self, request: Request, number: int) -> Response:  # noqa: ARG002 - a view
        """Show one signed checkpoint."""
        return Response(CheckpointOut(queries.get_checkpoint(number)).data)


class Receipt(APIView):
    """The receipt of an application."""

    permission_classes = (Applies,)

    @extend_schema(responses={200: dict[str, Any]})
    def get(self, request: Request, application_id: UUID) -> Response:
        """Show that sending your application stands in a signed checkpoint (mvch-receipt/1)."""
        application = applications.get_own(request.user, application_id)
        return Response(queries.receipt_of("applications.application", application.public_id))


class ReadingOut(serializers.Serializer[Any]):
    """One look at the caller's record by somebody else."""

    at = serializers.DateTimeField()
    office = serializers.CharField(help_text="The role, never a person.")
    state = serializers.CharField(help_text="ISO code of the office's state; empty if none.")
    purpose = serializers.ChoiceField(choices=Purpose.choices)
    named = serializers.BooleanField(help_text="False: without your name.")


class ByMoment(CursorPages):
    """Reads, newest first."""

    ordering = ("-at", "-public_id")


class AccessLog(ListAPIView[Any]):
    """Who else saw the caller's record."""

    permission_classes = (Applies,)
    serializer_class = ReadingOut
    pagination_class = ByMoment
    filter_backends = ()

    def get_queryset(self) -> Any:
        """Return the reads of the caller's own record."""
        worker = find_worker(self.request.user)
        purpose = self.request.query_params.get("purpose", "")
        return queries.list_readings(worker.pk if worker else 0, purpose=purpose)

    @extend_schema(parameters=[OpenApiParameter("purpose", str, enum=list(Purpose.values))])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List who else saw your record, newest first: offices and purposes, no names."""
        return super().get(request, *args, **kwargs)
