"""Rounds: read by everybody, run by operators, certified by others."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clearinghouse.access.checks import allows
from clearinghouse.access.permissions import Permission
from clearinghouse.api.numbers import NumberOut
from clearinghouse.api.pagination import CursorPages
from clearinghouse.api.permissions import Public, ReadsPublicly, UsesApi, caller_of
from clearinghouse.api.serializers import StrictIn, body
from clearinghouse.matching import queries, services
from clearinghouse.matching.enums import StatisticalTest, Status
from clearinghouse.matching.permissions import can_see_figures
from clearinghouse.offers import services as offers
from clearinghouse.quotas.enums import ReserveOrder
from clearinghouse.shared import clock


class ByNumber(CursorPages):
    """Rounds, newest first."""

    ordering = ("-number",)


class RoundOut(serializers.Serializer[Any]):
    """A round as everybody may read it: where it stands, and digests that let anyone check it."""

    number = serializers.IntegerField()
    status = serializers.ChoiceField(choices=Status.choices)
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField()
    opened_at = serializers.DateTimeField(allow_null=True)
    sealed_at = serializers.DateTimeField(allow_null=True)
    drawn_at = serializers.DateTimeField(allow_null=True)
    verified_at = serializers.DateTimeField(allow_null=True)
    certified_at = serializers.DateTimeField(allow_null=True)
    released_at = serializers.DateTimeField(allow_null=True)
    voided_at = serializers.DateTimeField(allow_null=True)
    void_reason = serializers.CharField()
    input_digest = serializers.CharField(
        help_text="SHA-256 of the sealed input, seed not included."
    )
    seed = serializers.CharField(help_text="Drawn after sealing; empty before.")
    market_digest = serializers.CharField(help_text="SHA-256 of the sealed input with its seed.")
    plan_digest = serializers.CharField(help_text="SHA-256 of the plan that was certified.")
    engine_version = serializers.CharField()
    rules_digest = serializers.CharField(help_text="SHA-256 of the rules, before lists open.")
    merkle_root = serializers.CharField(help_text="Over the salted entries; fixed by the seal.")
    repeat_of = serializers.IntegerField(
        source="repeat_of.number", allow_null=True, default=None, help_text="A voided round."
    )


class SecretOut(serializers.Serializer[Any]):
    """A party's commitment, and its secret once revealed (empty before, or if it never was)."""

    party = serializers.CharField()
    commitment = serializers.CharField()
    secret = serializers.CharField()


class TestOut(serializers.Serializer[Any]):
    """One statistical test of the plan, made before anybody certified it."""

    name = serializers.ChoiceField(choices=StatisticalTest.choices)
    people = serializers.IntegerField(
        allow_null=True, help_text="Null for callers who read published numbers only."
    )
    z = serializers.CharField(
        allow_null=True,
        help_text="Standard deviations from what a fair draw gives; null where `people` is.",
    )
    bound = serializers.CharField(help_text="Fixed with the rules.")
    passed = serializers.BooleanField()


class PostingResultOut(serializers.Serializer[Any]):
    """How one posting was filled."""

    posting = serializers.CharField()
    quota = serializers.UUIDField(source="quota.public_id")
    state = serializers.CharField()
    places = serializers.IntegerField()
    reserve = serializers.IntegerField()
    order = serializers.ChoiceField(choices=ReserveOrder.choices)
    filled = NumberOut()
    full = serializers.BooleanField(help_text="Every place was given and somebody was turned away.")
    suppressed = serializers.BooleanField(help_text="The cut-off of protected people is withheld.")
    cutoff_others = serializers.IntegerField(
        allow_null=True, help_text="Points; null: everybody got in, or nobody (others_closed)."
    )
    others_closed = serializers.BooleanField(help_text="No place was open to others.")
    cutoff_protected = serializers.IntegerField(
        allow_null=True,
        help_text="Points; null: everybody got in, or nobody (protected_closed), or suppressed.",
    )
    protected_closed = serializers.BooleanField(
        allow_null=True, help_text="No place was open to protected people; null: suppressed."
    )


class SummaryOut(serializers.Serializer[Any]):
    """A released round in numbers, from one release of them."""

    release = serializers.IntegerField(source="release.number")
    released_at = serializers.DateTimeField(source="release.made_at")
    reason = serializers.CharField(source="release.reason", help_text="Empty for the first one.")
    digest = serializers.CharField(source="release.digest", help_text="SHA-256 of the release.")
    applicants = NumberOut()
    postings = serializers.IntegerField()
    places = serializers.IntegerField()
    reserve = serializers.IntegerField()
    placed = NumberOut()
    protected_placed = NumberOut()
    reserved_filled = NumberOut()
    generation = serializers.IntegerField(help_text="Of the run that was counted; 0: the first.")
    market_digest = serializers.CharField(help_text="SHA-256 of that run's market.")
    plan_digest = serializers.CharField(help_text="SHA-256 of that run's plan.")


class RoundDetailOut(RoundOut):
    """A round with its draw and, once released, its results."""

    secrets = SecretOut(many=True)
    missing_reveals = serializers.ListField(child=serializers.CharField())
    self_test = serializers.ListField(child=TestOut(), allow_null=True)
    summary = SummaryOut(allow_null=True)
    results = PostingResultOut(many=True)


class RoundIn(StrictIn):
    """A round as an operator plans it."""

    quotas = serializers.ListField(
        child=serializers.UUIDField(), help_text="Ids of published quotas."
    )
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField()


class VoidIn(StrictIn):
    """A void needs a reason that everybody can read."""

    reason = serializers.CharField(max_length=2000)


class CommitIn(StrictIn):
    """A commitment to a secret."""

    commitment = serializers.CharField(
        max_length=64, help_text="SHA-256 of the secret's bytes, 64 hexadecimal digits."
    )


class RevealIn(StrictIn):
    """A secret."""

    secret = serializers.CharField(max_length=128, help_text="16 to 64 bytes, in hexadecimal.")


class SeesRounds(UsesApi):
    """Let operators, certifiers and auditors in."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Answer for the whole view."""
        return super().has_permission(request, view) and allows(request.user, Permission.SEE_ROUNDS)


class Rounds(ListAPIView[Any]):
    """The list of rounds."""

    permission_classes = (ReadsPublicly,)
    serializer_class = RoundOut
    pagination_class = ByNumber
    filter_backends = ()

    def get_queryset(self) -> Any:
        """Return what the caller may know of."""
        return queries.list_rounds(self.request.user)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List rounds with status and digests, newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request=RoundIn, responses={201: RoundDetailOut})
    def post(self, request: Request) -> Response:
        """Plan a round over published quotas."""
        given = body(RoundIn, request)
        round_ = services.plan_round(
            by=caller_of(request),
            quota_ids=given["quotas"],
            opens_at=given["opens_at"],
            closes_at=given["closes_at"],
            now=clock.now(),
        )
        return answer(round_.number, request, status=201)


class OneRound(APIView):
    """One round."""

    permission_classes = (Public,)

    @extend_schema(responses=RoundDetailOut)
    def get(self, request: Request, number: int) -> Response:
        """Show one round with its draw and, once released, the result of each posting."""
        return answer(number, request)


class OpenRound(APIView):
    """The step into the open."""

    permission_classes = (UsesApi,)

    @extend_schema(request=StrictIn, responses=RoundDetailOut)
    def post(self, request: Request, number: int) -> Response:
        """Open a planned round before the clock does."""
        body(StrictIn, request)
        services.open_round(by=caller_of(request), number=number, now=clock.now())
        return answer(number, request)


class SealRound(APIView):
    """The seal."""

    permission_classes = (UsesApi,)

    @extend_schema(request=StrictIn, responses=RoundDetailOut)
    def post(self, request: Request, number: int) -> Response:
        """Seal a round that has closed: its input is copied and its digest fixed."""
        body(StrictIn, request)
        services.seal_round(by=caller_of(request), number=number, now=clock.now())
        return answer(number, request)


class CommitSecret(APIView):
    """A party's part in the draw."""

    permission_classes = (UsesApi,)

    @extend_schema(request=CommitIn, responses=RoundDetailOut)
    def post(self, request: Request, number: int) -> Response:
        """Commit the caller's party to a secret, before the seal."""
        given = body(CommitIn, request)
        services.commit_secret(
            by=caller_of(request), number=number, commitment=given["commitment"], now=clock.now()
        )
        return answer(number, request)


class RevealSecret(APIView):
    """A party's part in the draw."""

    permission_classes = (UsesApi,)

    @extend_schema(request=RevealIn, responses=RoundDetailOut)
    def post(self, request: Request, number: int) -> Response:
        """Reveal the secret of the caller's party, between seal and draw."""
        given = body(RevealIn, request)
        services.reveal_secret(
            by=caller_of(request), number=number, secret=given["secret"], now=clock.now()
        )
        return answer(number, request)


class DrawSeed(APIView):
    """The draw."""

    permission_classes = (UsesApi,)

    @extend_schema(request=StrictIn, responses=RoundDetailOut)
    def post(self, request: Request, number: int) -> Response:
        """Draw the seed of a sealed round."""
        body(StrictIn, request)
        services.draw_seed(by=caller_of(request), number=number, now=clock.now())
        return answer(number, request)


class CertifyRound(APIView):
    """The word of another person."""

    permission_classes = (UsesApi,)

    @extend_schema(request=StrictIn, responses=RoundDetailOut)
    def post(self, request: Request, number: int) -> Response:
        """Certify a verified round that others have operated; two are needed."""
        body(StrictIn, request)
        services.certify(by=caller_of(request), number=number, now=clock.now())
        return answer(number, request)


class ReleaseRound(APIView):
    """The release."""

    permission_classes = (UsesApi,)

    @extend_schema(request=StrictIn, responses=RoundDetailOut)
    def post(self, request: Request, number: int) -> Response:
        """Release a certified round: results and offers for everybody at one instant."""
        body(StrictIn, request)
        offers.release_round(by=caller_of(request), number=number, now=clock.now())
        return answer(number, request)


class VoidRound(APIView):
    """The way back."""

    permission_classes = (UsesApi,)

    @extend_schema(request=VoidIn, responses=RoundDetailOut)
    def post(self, request: Request, number: int) -> Response:
        """Void a round that is sealed but not certified, with a reason that everybody can read."""
        given = body(VoidIn, request)
        services.void_round(
            by=caller_of(request), number=number, reason=given["reason"], now=clock.now()
        )
        return answer(number, request)


def answer(number: int, request: Request, *, status: int = 200) -> Response:
    """Return one round whole, as the caller may read it."""
    round_ = queries.get_round(request.user, number)
    test = queries.find_self_test(round_)
    shown = {
        **RoundOut(round_).data,
        "secrets": SecretOut(queries.list_secrets(round_), many=True).data,
        "missing_reveals": queries.list_missing(round_),
        "self_test": queries.results_of(test, whole=can_see_figures(request.user)),
        "summary": _summary(round_),
        "results": PostingResultOut(queries.list_results(round_), many=True).data,
    }
    return Response(shown, status=status)


def _summary(round_: Any) -> Any:
    summary = queries.summary_of(round_)
    return None if summary is None else SummaryOut(summary).data
