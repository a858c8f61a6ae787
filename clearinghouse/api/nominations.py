"""Nominations of an origin state: by JSON one at a time, by CSV many at once."""

from dataclasses import asdict
from typing import IO, Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clearinghouse.access.checks import allows
from clearinghouse.access.permissions import Permission
from clearinghouse.api.errors import problem
from clearinghouse.api.pagination import CursorPages
from clearinghouse.api.permissions import UsesApi, caller_of
from clearinghouse.api.serializers import Problem, StrictIn, body
from clearinghouse.applications import queries, services
from clearinghouse.applications.enums import NominationStatus
from clearinghouse.applications.services import NominationData
from clearinghouse.shared import clock
from clearinghouse.shared.errors import Invalid

# One byte more than a file may have is enough to know that it is too large.
_READ_AT_MOST = 10_485_761


class Nominates(UsesApi):
    """Let origin officers in."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Answer for the whole view; the state's own rows, the queries decide."""
        return super().has_permission(request, view) and allows(request.user, Permission.NOMINATE)


class CsvBody(BaseParser):
    """Take a CSV file as the body, as bytes; what it holds the service finds out."""

    media_type = "text/csv"

    def parse(self, stream: IO[Any], *_: Any, **_more: Any) -> dict[str, Any]:
        """Return the first ten megabytes and one byte."""
        return {"file": bytes(stream.read(_READ_AT_MOST))}


class NominationIn(StrictIn):
    """What a state writes about one worker."""

    reference = serializers.CharField(max_length=40, help_text="Your own name for this row.")
    given_names = serializers.CharField(max_length=120)
    family_name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    birth_date = serializers.DateField()
    email = serializers.EmailField()
    occupation = serializers.CharField(max_length=4, help_text="Four-digit ISCO-08 code.")
    posting = serializers.CharField(
        max_length=40, required=False, allow_blank=True, help_text="Reference of a posting."
    )


class NominationOut(serializers.Serializer[Any]):
    """A nomination as its state sees it: what the state wrote, and the status."""

    id = serializers.UUIDField(source="public_id")
    reference = serializers.CharField()
    given_names = serializers.CharField()
    family_name = serializers.CharField()
    birth_date = serializers.DateField()
    email = serializers.CharField()
    occupation = serializers.CharField(source="occupation.code")
    posting = serializers.SerializerMethodField()
    status = serializers.ChoiceField(choices=NominationStatus.choices)
    nominated_at = serializers.DateTimeField()
    confirmed_at = serializers.DateTimeField(allow_null=True)
    file_name = serializers.CharField()

    def get_posting(self, row: Any) -> str:
        """Return the reference of the posting, or nothing."""
        return row.quota.reference if row.quota else ""


class BatchOut(serializers.Serializer[Any]):
    """The receipt of a file."""

    id = serializers.UUIDField(source="public_id")
    file_name = serializers.CharField()
    rows = serializers.IntegerField(source="row_count")
    uploaded_at = serializers.DateTimeField()


class RowErrorOut(serializers.Serializer[Any]):
    """What is wrong with one cell."""

    row = serializers.IntegerField(help_text="As a spreadsheet counts; the header is row 1.")
    column = serializers.CharField()
    message = serializers.CharField()
    value = serializers.CharField()


class ImportProblem(Problem):
    """A refusal of a file; nothing of it was kept."""

    rows = RowErrorOut(many=True, required=False, help_text="The first 200 errors.")
    total = serializers.IntegerField(required=False, help_text="The number of all errors.")


class WithdrawIn(StrictIn):
    """Nothing."""


class Newest(CursorPages):
    """Nominations, newest first."""

    ordering = ("-nominated_at", "-public_id")


class Nominations(ListAPIView[Any]):
    """The nominations of a state."""

    permission_classes = (Nominates,)
    serializer_class = NominationOut
    pagination_class = Newest
    # The query narrows the list itself; the framework's filters would ask for a table.
    filter_backends = ()

    def get_queryset(self) -> Any:
        """Return the state's own."""
        wanted = self.request.query_params
        return queries.list_nominations(
            self.request.user, search=wanted.get("search", ""), status=wanted.get("status", "")
        )

    @extend_schema(
        parameters=[
            OpenApiParameter("search", str, description="Words of reference, name or e-mail."),
            OpenApiParameter("status", str, enum=list(NominationStatus.values)),
        ]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List your state's nominations, newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request=NominationIn, responses={201: NominationOut})
    def post(self, request: Request) -> Response:
        """Nominate one worker; it counts only once the worker confirms it.

        The answer never depends on whether the person is known already.
        """
        data = NominationData(**{"family_name": "", **body(NominationIn, request)})
        row = services.nominate(by=caller_of(request), data=data, now=clock.now())
        return Response(NominationOut(row).data, status=201)


class Import(APIView):
    """The way in for a file."""

    permission_classes = (Nominates,)
    parser_classes = (CsvBody,)

    @extend_schema(
        request={"text/csv": OpenApiTypes.STR},
        responses={201: BatchOut, (422, "application/problem+json"): ImportProblem},
        parameters=[OpenApiParameter("file_name", str, description="What you call the file.")],
    )
    def post(self, request: Request) -> Response:
        """Import a CSV file of nominations, whole or not at all.

        The body is the file in UTF-8: reference, given_names, family_name, birth_date (YYYY-MM-DD),
        email, occupation (ISCO-08), and posting if you like. Errors name row, column and value.
        """
        try:
            batch = services.import_nominations(
                by=caller_of(request),
                file_name=request.query_params.get("file_name", "api.csv"),
                content=_file_of(request),
                now=clock.now(),
            )
        except Invalid as error:
            return _import_problem(error)
        return Response(BatchOut(batch).data, status=201)


class OneNomination(APIView):
    """One nomination of a state."""

    permission_classes = (Nominates,)

    @extend_schema(responses=NominationOut)
    def get(self, request: Request, nomination_id: UUID) -> Response:
        """Show one nomination of your state."""
        return Response(NominationOut(queries.get_nomination(request.user, nomination_id)).data)


class Withdraw(APIView):
    """The step out."""

    permission_classes = (Nominates,)

    @extend_schema(request=WithdrawIn, responses=NominationOut)
    def post(self, request: Request, nomination_id: UUID) -> Response:
        """Withdraw a nomination that the worker has not confirmed."""
        body(WithdrawIn, request)
        row = services.withdraw_nomination(
            by=caller_of(request), nomination_id=nomination_id, now=clock.now()
        )
        return Response(NominationOut(row).data)


def _import_problem(error: Invalid) -> Response:
    answer = problem(422, str(error.message), code=error.code, fields=error.fields)
    if "rows" in error.facts:
        answer.data["rows"] = [asdict(row) for row in error.facts["rows"]]
        answer.data["total"] = error.facts["total"]
    return answer


def _file_of(request: Request) -> bytes:
    data = request.data
    return bytes(data.get("file", b"")) if isinstance(data, dict) else b""
