"""Occupations: the groups of ISCO-08."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clearinghouse.api.pagination import ByCode
from clearinghouse.api.permissions import Public
from clearinghouse.registry import queries


class TitlesOut(serializers.Serializer[Any]):
    """A title in the languages in which ISCO-08 is published and that we carry."""

    en = serializers.CharField(source="title_en")
    fr = serializers.CharField(source="title_fr")
    es = serializers.CharField(source="title_es")


class OccupationOut(serializers.Serializer[Any]):
    """A group of occupations."""

    code = serializers.CharField(help_text="ISCO-08; text, because leading zeros matter.")
    level = serializers.IntegerField(help_text="Number of digits, 1 to 4.")
    titles = TitlesOut(source="*")


class OccupationFilter(filters.FilterSet):
    """What a list of occupations can be narrowed by."""

    search = filters.CharFilter(method="find", label="Start of the code, or a part of the title.")
    level = filters.NumberFilter(label="Number of digits, 1 to 4.")

    def find(self, rows: Any, _name: str, value: str) -> Any:
        """Keep the occupations that the search finds."""
        return rows.filter(pk__in=queries.list_occupations(search=value).order_by().values("pk"))


class Occupations(ListAPIView[Any]):
    """The list of occupations."""

    permission_classes = (Public,)
    serializer_class = OccupationOut
    pagination_class = ByCode
    filterset_class = OccupationFilter

    def get_queryset(self) -> Any:
        """Return every group."""
        return queries.list_occupations()

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List occupations by code."""
        return super().get(request, *args, **kwargs)


class OneOccupation(APIView):
    """One occupation."""

    permission_classes = (Public,)

    @extend_schema(responses=OccupationOut)
    def get(self, _request: Request, code: str) -> Response:
        """Show one occupation by its code."""
        return Response(OccupationOut(queries.get_occupation(code)).data)
