"""Quotas: read by everybody, written by officials of the posting state."""

from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clearinghouse.api.permissions import ReadsPublicly, UsesApi, caller_of
from clearinghouse.api.serializers import ReasonIn, StrictIn, VersionIn, body, version_from
from clearinghouse.quotas import queries, services
from clearinghouse.quotas.enums import Category, FigureKind, ReserveOrder, Status, WageUnit
from clearinghouse.quotas.rules import QuotaDraft, max_points
from clearinghouse.registry.enums import CefrLevel, Qualification
from clearinghouse.shared import clock
from clearinghouse.shared.errors import Invalid

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description='The version that you have read: "3".'
)


def _codes(help_text: str) -> serializers.ListField:
    code = serializers.CharField(max_length=4)
    return serializers.ListField(child=code, required=False, help_text=help_text)


class QuotaFields(serializers.Serializer[Any]):
    """What a state writes about a quota."""

    title = serializers.CharField(max_length=200)
    summary = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    category = serializers.ChoiceField(choices=Category.choices)
    occupation = serializers.CharField(max_length=4, help_text="ISCO-08 code.")
    starts_on = serializers.DateField(help_text="First day of the period.")
    ends_on = serializers.DateField(help_text="Last day of the period.")
    places = serializers.IntegerField(min_value=1)
    reserve_share = serializers.DecimalField(
        5, 2, min_value=0, help_text="Percent reserved for protected people; no default."
    )
    reserve_order = serializers.ChoiceField(choices=ReserveOrder.choices)
    wage_amount = serializers.DecimalField(12, 2)
    wage_currency = serializers.CharField(max_length=3, help_text="ISO 4217.")
    wage_unit = serializers.ChoiceField(choices=WageUnit.choices)
    comparator_wage = serializers.DecimalField(
        12, 2, help_text="What nationals earn for the same work, same currency and unit."
    )
    health_cover = serializers.BooleanField(required=False)
    housing = serializers.BooleanField(required=False)
    ethical_recruitment = serializers.BooleanField(required=False)
    no_worker_fees = serializers.BooleanField(required=False)
    complaint_route = serializers.CharField(required=False, allow_blank=True, max_length=2000)
    language = serializers.CharField(required=False, allow_blank=True, max_length=8)
    min_language_level = serializers.ChoiceField(
        choices=CefrLevel.choices, required=False, allow_blank=True
    )
    min_experience_years = serializers.IntegerField(required=False, min_value=0)
    min_qualification = serializers.ChoiceField(choices=Qualification.choices, required=False)
    occupation_digits = serializers.IntegerField(
        required=False, min_value=0, max_value=4, help_text="Leading ISCO digits to share; 0: any."
    )
    weight_language = serializers.IntegerField(required=False, min_value=0)
    weight_experience = serializers.IntegerField(required=False, min_value=0)
    weight_qualification = serializers.IntegerField(required=False, min_value=0)
    weight_occupation = serializers.IntegerField(required=False, min_value=0)
    weight_priority = serializers.IntegerField(required=False, min_value=0)
    by_lot = serializers.BooleanField(required=False, help_text="True: no points, chance alone.")
    source_title = serializers.CharField(required=False, allow_blank=True, max_length=300)
    source_url = serializers.URLField(required=False, allow_blank=True, max_length=500)
    source_places = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    figure_kind = serializers.ChoiceField(
        choices=FigureKind.choices, required=False, allow_blank=True
    )


class QuotaIn(QuotaFields, StrictIn):
    """A quota as a program sends it."""

    open_to = _codes("ISO alpha-2 codes of origins; empty: everybody.")
    priority_occupations = _codes("ISCO-08 codes of one to four digits.")

    def to_draft(self) -> QuotaDraft:
        """Return the parsed fields as the service takes them."""
        fields = {key: value for key, value in self.validated_data.items() if key != "version"}
        for name in ("open_to", "priority_occupations"):
            fields[name] = frozenset(fields.get(name, ()))
        return QuotaDraft(**fields)


class QuotaEditIn(QuotaIn):
    """A quota that replaces one, with the version that the caller has read."""

    version = serializers.IntegerField(required=False, min_value=1)


class QuotaOut(QuotaFields):
    """A quota as everybody may read it; officials of its state see their drafts the same way."""

    id = serializers.UUIDField(source="public_id")
    reference = serializers.CharField()
    state = serializers.CharField(source="state.iso2")
    occupation = serializers.CharField(source="occupation.code")
    starts_on = serializers.DateField(source="period.lower")
    ends_on = serializers.SerializerMethodField()  # type: ignore[assignment]
    reserved = serializers.IntegerField(help_text="Reserved places after rounding per state.")
    open_to = serializers.SerializerMethodField()
    priority_occupations = serializers.SerializerMethodField()
    max_points = serializers.SerializerMethodField()
    status = serializers.ChoiceField(choices=Status.choices)
    version = serializers.IntegerField()
    applications_close_at = serializers.DateTimeField(allow_null=True)
    return_reason = serializers.CharField(help_text="Why an approver returned it.")
    withdraw_reason = serializers.CharField(help_text="Why it was withdrawn.")

    def get_ends_on(self, quota: Any) -> date:
        """Return the last day of the period."""
        return queries.last_day(quota)

    def get_open_to(self, quota: Any) -> list[str]:
        """Return the codes of the origins."""
        return sorted(state.iso2 for state in quota.open_to.all())

    def get_priority_occupations(self, quota: Any) -> list[str]:
        """Return the ISCO-08 codes."""
        return sorted(row.code for row in quota.priority_occupations.all())

    def get_max_points(self, quota: Any) -> int:
        """Return the most points that anyone can have."""
        return max_points(queries.weights_of(quota))


class QuotaFilter(filters.FilterSet):
    """What a list of quotas can be narrowed by."""

    search = filters.CharFilter(method="find", label="Words of title, reference, job or state.")
    state = filters.CharFilter(
        field_name="state__iso2", lookup_expr="iexact", label="ISO alpha-2 of the destination."
    )
    occupation = filters.CharFilter(
        field_name="occupation__code", lookup_expr="startswith", label="Start of an ISCO-08 code."
    )
    category = filters.ChoiceFilter(choices=Category.choices)
    status = filters.ChoiceFilter(choices=Status.choices)

    def find(self, rows: Any, _name: str, value: str) -> Any:
        """Keep the quotas that the search finds."""
        return queries.search_in(rows, value)


class Quotas(ListAPIView[Any]):
    """The list of quotas."""

    permission_classes = (ReadsPublicly,)
    serializer_class = QuotaOut
    filterset_class = QuotaFilter

    def get_queryset(self) -> Any:
        """Return what the caller may know of."""
        return queries.with_facts(queries.visible_to(self.request.user))

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List public quotas and, for officials, those of their own state; newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request=QuotaIn, responses={201: QuotaOut}, filters=False)
    def post(self, request: Request) -> Response:
        """Draft a quota for the state that the token's holder acts for."""
        parsed = QuotaIn(data=request.data)
        parsed.is_valid(raise_exception=True)
        quota = services.draft_quota(by=caller_of(request), data=parsed.to_draft(), now=clock.now())
        return _answer(quota.public_id, request, status=201)


class OneQuota(APIView):
    """One quota."""

    permission_classes = (ReadsPublicly,)

    @extend_schema(responses=QuotaOut)
    def get(self, request: Request, quota_id: UUID) -> Response:
        """Show one quota; `ETag` holds its version."""
        return _answer(quota_id, request)

    @extend_schema(request=QuotaEditIn, responses=QuotaOut, parameters=[IF_MATCH])
    def put(self, request: Request, quota_id: UUID) -> Response:
        """Replace the fields of a draft or returned quota.

        Send the version that you have read, as `If-Match: "3"` or as the field `version`. If
        somebody else has saved a newer one, nothing is written: 409 `edited_by_other`.
        """
        parsed = QuotaEditIn(data=request.data)
        parsed.is_valid(raise_exception=True)
        version = version_from(request, parsed.validated_data.get("version"))
        if version is None:
            raise Invalid(
                _("Some fields are not right."),
                fields={"version": [_("Say which version you have read.")]},
            )
        services.edit_quota(
            by=caller_of(request),
            quota_id=quota_id,
            version=version,
            data=parsed.to_draft(),
            now=clock.now(),
        )
        return _answer(quota_id, request)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, quota_id: UUID) -> Response:
        """Delete a draft that was never submitted."""
        services.delete_draft(by=caller_of(request), quota_id=quota_id, now=clock.now())
        return Response(status=204)


class SubmitQuota(APIView):
    """The step from draft to approver."""

    permission_classes = (UsesApi,)

    @extend_schema(request=VersionIn, responses=QuotaOut, parameters=[IF_MATCH])
    def post(self, request: Request, quota_id: UUID) -> Response:
        """Send a complete quota to the approvers of its state."""
        version = version_from(request, body(VersionIn, request).get("version"))
        services.submit_quota(
            by=caller_of(request), quota_id=quota_id, version=version, now=clock.now()
        )
        return _answer(quota_id, request)


class ReturnQuota(APIView):
    """The step back to the author."""

    permission_classes = (UsesApi,)

    @extend_schema(request=ReasonIn, responses=QuotaOut, parameters=[IF_MATCH])
    def post(self, request: Request, quota_id: UUID) -> Response:
        """Return a submitted quota to its author with a reason."""
        given = body(ReasonIn, request)
        version = version_from(request, given.get("version"))
        services.return_quota(
            by=caller_of(request),
            quota_id=quota_id,
            reason=given["reason"],
            version=version,
            now=clock.now(),
        )
        return _answer(quota_id, request)


class ApproveQuota(APIView):
    """The decision of another person."""

    permission_classes = (UsesApi,)

    @extend_schema(request=VersionIn, responses=QuotaOut, parameters=[IF_MATCH])
    def post(self, request: Request, quota_id: UUID) -> Response:
        """Approve a submitted quota that somebody else wrote."""
        version = version_from(request, body(VersionIn, request).get("version"))
        services.approve_quota(
            by=caller_of(request), quota_id=quota_id, version=version, now=clock.now()
        )
        return _answer(quota_id, request)


class PublishQuota(APIView):
    """The step into the open."""

    permission_classes = (UsesApi,)

    @extend_schema(request=StrictIn, responses=QuotaOut)
    def post(self, request: Request, quota_id: UUID) -> Response:
        """Publish an approved quota; the reserve of its state is rounded anew."""
        body(StrictIn, request)
        services.publish_quota(by=caller_of(request), quota_id=quota_id, now=clock.now())
        return _answer(quota_id, request)


class WithdrawQuota(APIView):
    """The way out."""

    permission_classes = (UsesApi,)

    @extend_schema(request=ReasonIn, responses=QuotaOut)
    def post(self, request: Request, quota_id: UUID) -> Response:
        """Withdraw a quota that no round uses, with a reason."""
        given = body(ReasonIn, request)
        services.withdraw_quota(
            by=caller_of(request), quota_id=quota_id, reason=given["reason"], now=clock.now()
        )
        return _answer(quota_id, request)


def _answer(quota_id: UUID, request: Request, *, status: int = 200) -> Response:
    quota = queries.get_quota(quota_id, actor=request.user)
    headers = {"ETag": f'"{quota.version}"'}
    return Response(QuotaOut(quota).data, status=status, headers=headers)
