"""Runs of the matcher: asked for, watched and cancelled by operators."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clearinghouse.api.permissions import UsesApi, caller_of
from clearinghouse.api.rounds import SeesRounds
from clearinghouse.api.serializers import StrictIn, body
from clearinghouse.matching import queries, services
from clearinghouse.matching.enums import RunStatus, Stage
from clearinghouse.shared import clock


class RunOut(serializers.Serializer[Any]):
    """How far a run of the matcher is."""

    id = serializers.UUIDField(source="run_id")
    generation = serializers.IntegerField(help_text="0 is the first run; later ones refill.")
    status = serializers.ChoiceField(choices=RunStatus.choices)
    stage = serializers.ChoiceField(choices=Stage.choices)
    percent = serializers.IntegerField()
    rows_read = serializers.IntegerField()
    rows_total = serializers.IntegerField(help_text="0 until the run knows it.")
    people_placed = serializers.IntegerField()
    seconds_left = serializers.IntegerField(
        allow_null=True, help_text="By the speed so far; null: nobody can say."
    )
    checked_by = serializers.CharField(
        help_text="The programs that agreed on the plan; empty before the end."
    )
    attempt = serializers.IntegerField()
    requested_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    failure = serializers.CharField()


class RunRound(APIView):
    """The run."""

    permission_classes = (SeesRounds,)

    @extend_schema(responses=RunOut)
    def get(self, request: Request, number: int) -> Response:
        """Say how far the newest run of a round is; 204 if none was asked for."""
        progress = queries.progress_of(queries.get_round(request.user, number))
        return Response(status=204) if progress is None else Response(RunOut(progress).data)

    @extend_schema(request=StrictIn, responses={202: RunOut})
    def post(self, request: Request, number: int) -> Response:
        """Ask the background for the run of a drawn round; asking again gives the same run."""
        body(StrictIn, request)
        services.request_run(by=caller_of(request), number=number, now=clock.now())
        progress = queries.progress_of(queries.get_round(request.user, number))
        return Response(RunOut(progress).data, status=202)


class CancelRun(APIView):
    """The way out of a run."""

    permission_classes = (UsesApi,)

    @extend_schema(request=StrictIn, responses=RunOut)
    def post(self, request: Request, number: int) -> Response:
        """Cancel the run of a round that waits or is running; nothing of it is written."""
        body(StrictIn, request)
        services.cancel_run(by=caller_of(request), number=number, now=clock.now())
        progress = queries.progress_of(queries.get_round(request.user, number))
        return Response(RunOut(progress).data)
