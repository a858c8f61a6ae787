"""Applications: a worker's own, and pseudonymous files for the destinations' caseworkers."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clearinghouse.access.checks import allows
from clearinghouse.access.permissions import Permission
from clearinghouse.api.pagination import CursorPages
from clearinghouse.api.permissions import UsesApi, caller_of
from clearinghouse.api.serializers import StrictIn, VersionIn, body, version_from
from clearinghouse.applications import queries, services
from clearinghouse.applications.enums import Channel, Check, Status
from clearinghouse.audit import reads
from clearinghouse.audit.enums import Purpose
from clearinghouse.people import queries as people
from clearinghouse.quotas.enums import Reason
from clearinghouse.registry.enums import CefrLevel, Qualification
from clearinghouse.shared import clock
from clearinghouse.shared.errors import Invalid

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description='The version that you have read: "3".'
)


class Applies(UsesApi):
    """Let workers in."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Answer for the whole view; whose application it is, the queries decide."""
        return super().has_permission(request, view) and allows(
            request.user, Permission.OWN_APPLICATION
        )


class Checks(UsesApi):
    """Let caseworkers in."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Answer for the whole view; which files there are, the queries decide."""
        return super().has_permission(request, view) and allows(
            request.user, Permission.CHECK_APPLICATIONS
        )


class PostingOut(serializers.Serializer[Any]):
    """The posting that a wish is for."""

    id = serializers.UUIDField(source="public_id")
    reference = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField(source="state.iso2")


class WishOut(serializers.Serializer[Any]):
    """One wish as its worker sees it."""

    rank = serializers.IntegerField(help_text="1 is the dearest.")
    posting = PostingOut(source="quota")
    check = serializers.ChoiceField(choices=Check.choices, source="check_status")
    reasons = serializers.ListField(child=serializers.ChoiceField(choices=Reason.choices))
    note = serializers.CharField()


class ApplicationOut(serializers.Serializer[Any]):
    """An application as its worker sees it."""

    id = serializers.UUIDField(source="public_id")
    reference = serializers.CharField(help_text="Short name to read out on the telephone.")
    status = serializers.ChoiceField(choices=Status.choices)
    channel = serializers.ChoiceField(choices=Channel.choices)
    lodged_on = serializers.DateField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    wishes = WishOut(many=True, source="wishes.all")


class StartIn(StrictIn):
    """Nothing: an application starts empty."""


class WishesIn(VersionIn):
    """The whole list of wishes."""

    postings = serializers.ListField(
        child=serializers.UUIDField(),
        max_length=1000,
        help_text="Ids of postings, the dearest first; it replaces the whole list.",
    )


class LanguageOut(serializers.Serializer[Any]):
    """How well somebody speaks a language."""

    language = serializers.CharField()
    level = serializers.ChoiceField(choices=CefrLevel.choices)


class CaseWishOut(serializers.Serializer[Any]):
    """A wish for a posting of the caller's own state; its rank is nobody's business."""

    posting = PostingOut(source="quota")
    check = serializers.ChoiceField(choices=Check.choices, source="check_status")
    reasons = serializers.ListField(child=serializers.ChoiceField(choices=Reason.choices))
    note = serializers.CharField()
    decided_at = serializers.DateTimeField(allow_null=True)
    findings = serializers.ListField(
        child=serializers.ChoiceField(choices=Reason.choices),
        help_text="Published requirements that the facts do not meet.",
    )
    meets_origin = serializers.BooleanField()
    can_decide = serializers.BooleanField(help_text="Whether a check still counts.")


class FileOut(serializers.Serializer[Any]):
    """A pseudonymous file: facts that the posting asks for, no name, no nationality."""

    id = serializers.UUIDField(source="public_id")
    reference = serializers.CharField()
    submitted_at = serializers.DateTimeField()
    is_adult = serializers.BooleanField()
    occupation = serializers.CharField(source="occupation.code", help_text="ISCO-08 code.")
    experience_years = serializers.IntegerField()
    qualification = serializers.ChoiceField(choices=Qualification.choices)
    languages = serializers.SerializerMethodField()
    wishes = CaseWishOut(many=True)

    @extend_schema(responses=LanguageOut(many=True))
    def get_languages(self, file: Any) -> list[dict[str, str]]:
        """Return languages with their levels."""
        return [{"language": code, "level": level} for code, level in file.languages]


class CheckIn(StrictIn):
    """A decision about one wish."""

    posting = serializers.UUIDField(help_text="Id of a posting of your state.")
    eligible = serializers.BooleanField()
    reasons = serializers.ListField(
        child=serializers.ChoiceField(choices=Reason.choices),
        required=False,
        help_text="Why not; needed for a refusal.",
    )
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class CheckedOut(serializers.Serializer[Any]):
    """How many wishes were accepted."""

    accepted = serializers.IntegerField()


class ByArrival(CursorPages):
    """Files, those sent first first."""

    ordering = ("submitted_at", "public_id")


class Applications(ListAPIView[Any]):
    """A worker's own applications."""

    permission_classes = (Applies,)
    serializer_class = ApplicationOut

    def get_queryset(self) -> Any:
        """Return the caller's own."""
        return queries.list_own(people.find_worker(self.request.user))

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List your own applications, newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request=StartIn, responses={201: ApplicationOut})
    def post(self, request: Request) -> Response:
        """Start an application; a draft that exists already is returned instead."""
        body(StartIn, request)
        application = services.start(by=caller_of(request), now=clock.now())
        return _answer(application.public_id, request, status=201)


class OneApplication(APIView):
    """One application of a worker."""

    permission_classes = (Applies,)

    @extend_schema(responses=ApplicationOut)
    def get(self, request: Request, application_id: UUID) -> Response:
        """Show one of your applications; `ETag` holds its version."""
        return _answer(application_id, request)


class Wishes(APIView):
    """The ranked list."""

    permission_classes = (Applies,)

    @extend_schema(request=WishesIn, responses=ApplicationOut, parameters=[IF_MATCH])
    def put(self, request: Request, application_id: UUID) -> Response:
        """Replace the whole list of wishes, the dearest first.

        Send the version that you have read, as `If-Match: "3"` or as the field `version`. Postings
        that stay keep their checks. Possible until the first round of the list closes.
        """
        parsed = body(WishesIn, request)
        version = version_from(request, parsed.get("version"))
        if version is None:
            raise Invalid(
                _("Some fields are not right."),
                fields={"version": [_("Say which version you have read.")]},
            )
        services.set_wishes(
            by=caller_of(request),
            application_id=application_id,
            quota_ids=parsed["postings"],
            version=version,
            now=clock.now(),
        )
        return _answer(application_id, request)


class Submit(APIView):
    """The step from draft to the destinations."""

    permission_classes = (Applies,)

    @extend_schema(request=StartIn, responses=ApplicationOut)
    def post(self, request: Request, application_id: UUID) -> Response:
        """Send an application; sending it twice is the same as once."""
        body(StartIn, request)
        services.submit(by=caller_of(request), application_id=application_id, now=clock.now())
        return _answer(application_id, request)


class Withdraw(APIView):
    """The step out."""

    permission_classes = (Applies,)

    @extend_schema(request=StartIn, responses=ApplicationOut)
    def post(self, request: Request, application_id: UUID) -> Response:
        """Take an application back, without penalty."""
        body(StartIn, request)
        services.withdraw(by=caller_of(request), application_id=application_id, now=clock.now())
        return _answer(application_id, request)


class Files(ListAPIView[Any]):
    """Files for a caseworker."""

    permission_classes = (Checks,)
    serializer_class = FileOut
    pagination_class = ByArrival
    # The query narrows the list itself; the framework's filters would ask for a table.
    filter_backends = ()

    def get_queryset(self) -> Any:
        """Return the files with a wish for the caller's state."""
        wanted = self.request.query_params
        return queries.list_to_check(
            self.request.user,
            search=wanted.get("search", ""),
            quota=wanted.get("posting", ""),
            check_status=wanted.get("check", ""),
        )

    @extend_schema(
        parameters=[
            OpenApiParameter("search", str, description="Start of a reference or ISCO-08 code."),
            OpenApiParameter("posting", UUID, description="Id of a posting of your state."),
            OpenApiParameter("check", str, enum=list(Check.values)),
        ]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List files with a wish for your state, those sent first first."""
        return super().get(request, *args, **kwargs)

    def paginate_queryset(self, queryset: Any) -> Any:
        """Cut out one page, and let each person of it know."""
        page = super().paginate_queryset(queryset)
        _record(self.request, page or ())
        return page


class OneFile(APIView):
    """One file for a caseworker."""

    permission_classes = (Checks,)

    @extend_schema(responses=FileOut)
    def get(self, request: Request, application_id: UUID) -> Response:
        """Show one file, with the wishes for your state only."""
        file = queries.get_for_check(request.user, application_id)
        _record(request, [file])
        return Response(FileOut(file).data)


class CheckWish(APIView):
    """The decision about one wish."""

    permission_classes = (Checks,)

    @extend_schema(request=CheckIn, responses=FileOut)
    def post(self, request: Request, application_id: UUID) -> Response:
        """Decide whether the person meets one posting of your state.

        A refusal needs reasons. Nobody can be accepted whose facts do not meet the posting. A
        decision can be corrected until the round closes.
        """
        parsed = body(CheckIn, request)
        file = services.check_wish(
            by=caller_of(request),
            application_id=application_id,
            quota_id=parsed["posting"],
            eligible=parsed["eligible"],
            reasons=parsed.get("reasons", ()),
            note=parsed.get("note", ""),
            now=clock.now(),
        )
        return Response(FileOut(file).data)


class CheckAll(APIView):
    """The decision about all wishes that the rules accept."""

    permission_classes = (Checks,)

    @extend_schema(request=StartIn, responses=CheckedOut)
    def post(self, request: Request, application_id: UUID) -> Response:
        """Accept every waiting wish for your state whose requirements the facts meet."""
        body(StartIn, request)
        accepted = services.check_all(
            by=caller_of(request), application_id=application_id, now=clock.now()
        )
        return Response({"accepted": accepted})


def _record(request: Request, files: "Sequence[queries.CaseFile]") -> None:
    state = next((file.seen_by for file in files), "")
    workers = [file.worker_id for file in files]
    actor = caller_of(request)
    reads.record(actor, workers, purpose=Purpose.CHECK, now=clock.now(), state=state)


def _answer(application_id: UUID, request: Request, *, status: int = 200) -> Response:
    application = queries.get_own(request.user, application_id)
    headers = {"ETag": f'"{application.version}"'}
    return Response(ApplicationOut(application).data, status=status, headers=headers)
