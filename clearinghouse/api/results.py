"""Results: a worker's own, with the reasons."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.enums import Language
from clearinghouse.access.checks import allows
from clearinghouse.access.permissions import Permission
from clearinghouse.api.permissions import Public, UsesApi, caller_of
from clearinghouse.matching import queries
from clearinghouse.matching.enums import Seat, WishResult
from clearinghouse.matching.permissions import not_found
from clearinghouse.people.queries import find_worker
from clearinghouse.quotas.enums import Criterion, Reason
from clearinghouse.shared import signing


class Takes(UsesApi):
    """Let workers in."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Answer for the whole view; whose result it is, the queries decide."""
        return super().has_permission(request, view) and allows(request.user, Permission.OWN_OFFER)


class PartOut(serializers.Serializer[Any]):
    """What one criterion gave."""

    criterion = serializers.ChoiceField(choices=Criterion.choices)
    points = serializers.IntegerField()


class WishResultOut(serializers.Serializer[Any]):
    """How one wish ended, and why; it names cut-offs, never other people."""

    choice = serializers.IntegerField(help_text="Rank on the own list; 1 is the dearest.")
    posting = serializers.CharField()
    quota = serializers.UUIDField(source="quota.public_id")
    state = serializers.CharField(source="quota.state.iso2")
    result = serializers.ChoiceField(choices=WishResult.choices)
    sentence = serializers.CharField(source="result.label")
    points = serializers.IntegerField(allow_null=True)
    parts = serializers.SerializerMethodField()
    cutoff = serializers.IntegerField(allow_null=True, help_text="Of the own group.")
    gap = serializers.IntegerField(allow_null=True, help_text="Points that were missing.")
    points_needed = serializers.IntegerField(allow_null=True)
    reasons = serializers.ListField(child=serializers.ChoiceField(choices=Reason.choices))

    @extend_schema(responses=PartOut(many=True))
    def get_parts(self, wish: Any) -> list[dict[str, Any]]:
        """Return the points by criterion."""
        return [{"criterion": str(name), "points": points} for name, points in wish.parts]


class OwnResultOut(serializers.Serializer[Any]):
    """A person's result of one round."""

    round = serializers.IntegerField(source="round.number")
    generation = serializers.IntegerField(help_text="0: the first run; later ones refill.")
    placed = serializers.BooleanField()
    posting = serializers.CharField(source="quota.reference", allow_null=True, default=None)
    seat = serializers.ChoiceField(choices=Seat.choices, allow_blank=True)
    lottery_place = serializers.IntegerField(help_text="1 is the best.")
    lottery_of = serializers.IntegerField()
    plan_digest = serializers.CharField(source="round.plan_digest")
    wishes = WishResultOut(many=True)


class Results(APIView):
    """The caller's own results."""

    permission_classes = (Takes,)

    @extend_schema(responses=OwnResultOut(many=True))
    def get(self, request: Request) -> Response:
        """List the caller's results of released rounds with every reason, newest first.

        Not in pages: a person takes part in a few rounds in a life.
        """
        worker = find_worker(request.user)
        rounds = queries.list_rounds_of(worker) if worker else ()
        found = [queries.explain_for(worker, round_) for round_ in rounds if worker]
        return Response(OwnResultOut(found, many=True).data)


class OneProof(APIView):
    """The caller's own proof of one round."""

    permission_classes = (Takes,)

    @extend_schema(responses={200: dict[str, Any]})
    def get(self, request: Request, number: int) -> Response:
        """Prove that the caller's list is in the sealed input (mvch-proof/1); from the seal on."""
        worker = find_worker(request.user)
        round_ = queries.get_round(request.user, number)
        if worker is None:
            raise not_found()
        return Response(queries.proof_for(worker, round_))


class OneResult(APIView):
    """The caller's own result of one round."""

    permission_classes = (Takes,)

    @extend_schema(responses=OwnResultOut)
    def get(self, request: Request, number: int) -> Response:
        """Explain the caller's result of one released round."""
        worker, round_ = _asked(request, number)
        return Response(OwnResultOut(queries.explain_for(worker, round_)).data)


class SignedOut(serializers.Serializer[Any]):
    """A signed explanation."""

    language = serializers.CharField()
    key = serializers.CharField(help_text="Id of the key; see /api/v1/keys/.")
    jws = serializers.CharField(
        help_text="Compact JWS (RFC 7515, EdDSA) over a document of format mvch-explanation/1."
    )


LANGUAGE = OpenApiParameter(
    "language", enum=Language.values, description="Default: that of the account."
)


class SignedResult(APIView):
    """The caller's own result of one round, signed."""

    permission_classes = (Takes,)

    @extend_schema(parameters=[LANGUAGE], responses=SignedOut)
    def get(self, request: Request, number: int) -> Response:
        """Explain the caller's result of one released round in a signed document.

        The same result gives the same bytes, whenever it is asked for. It holds no name.
        """
        found = queries.signed_explanation_for(
            *_asked(request, number), language=_language(request)
        )
        shown = {"language": found.language, "key": signing.key_id(), "jws": found.token}
        return Response(SignedOut(shown).data)


class ResultPaper(APIView):
    """The caller's own result of one round, printed."""

    permission_classes = (Takes,)

    @extend_schema(parameters=[LANGUAGE], responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, number: int) -> HttpResponse:
        """Download the signed explanation of one released round as PDF, the JWS inside."""
        content = queries.explanation_paper_for(
            *_asked(request, number), language=_language(request)
        )
        return HttpResponse(content, content_type="application/pdf")


class JwkOut(serializers.Serializer[Any]):
    """A public key (RFC 7517, RFC 8037)."""

    kty = serializers.CharField()
    crv = serializers.CharField()
    x = serializers.CharField()
    kid = serializers.CharField()
    use = serializers.CharField()
    alg = serializers.CharField()


class JwkSetOut(serializers.Serializer[Any]):
    """Public keys: the one that signs now first, then earlier ones."""

    keys = JwkOut(many=True)


class Keys(APIView):
    """The public keys."""

    permission_classes = (Public,)

    @extend_schema(responses=JwkSetOut)
    def get(self, _request: Request) -> Response:
        """List the public keys that check signed explanations, as a JWK set."""
        return Response(signing.public_keys())


def _asked(request: Request, number: int) -> tuple[Any, Any]:
    """Return the caller's own profile and the round; strangers to it find nothing."""
    worker = find_worker(request.user)
    round_ = queries.get_round(request.user, number)
    if worker is None:
        raise not_found()
    return worker, round_


def _language(request: Request) -> str:
    return request.query_params.get("language", "") or caller_of(request).language
