"""States: who can post, with sourced figures and their years."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clearinghouse.api.pagination import ByIso2
from clearinghouse.api.permissions import Public
from clearinghouse.registry import queries
from clearinghouse.registry.enums import UnStatus


class NamesOut(serializers.Serializer[Any]):
    """A name in four languages."""

    en = serializers.CharField(source="name_en")
    fr = serializers.CharField(source="name_fr")
    es = serializers.CharField(source="name_es")
    ar = serializers.CharField(source="name_ar")


class StateOut(serializers.Serializer[Any]):
    """A state; a figure that is not known is null, never zero."""

    iso2 = serializers.CharField(help_text="ISO 3166-1 alpha-2.")
    iso3 = serializers.CharField(help_text="ISO 3166-1 alpha-3.")
    names = NamesOut(source="*")
    un_status = serializers.ChoiceField(choices=UnStatus.choices)
    population = serializers.IntegerField(allow_null=True, help_text="Persons.")
    population_year = serializers.IntegerField(allow_null=True)
    gdp_usd = serializers.IntegerField(allow_null=True, help_text="Current US dollars.")
    gdp_year = serializers.IntegerField(allow_null=True)
    unemployment_pct = serializers.DecimalField(
        6, 3, allow_null=True, help_text="Percent of the labour force."
    )
    unemployment_year = serializers.IntegerField(allow_null=True)
    refugees_hosted = serializers.IntegerField(
        allow_null=True, help_text="Refugees under UNHCR's mandate."
    )
    refugees_year = serializers.IntegerField(allow_null=True)
    others_in_need_hosted = serializers.IntegerField(
        allow_null=True, help_text="Others in need of international protection."
    )


class StateFilter(filters.FilterSet):
    """What a list of states can be narrowed by."""

    search = filters.CharFilter(method="find", label="Code, or a part of the name in any language.")

    def find(self, rows: Any, _name: str, value: str) -> Any:
        """Keep the states that the search finds."""
        return rows.filter(pk__in=queries.list_states(search=value).order_by().values("pk"))


class States(ListAPIView[Any]):
    """The list of states."""

    permission_classes = (Public,)
    serializer_class = StateOut
    pagination_class = ByIso2
    filterset_class = StateFilter

    def get_queryset(self) -> Any:
        """Return every state."""
        return queries.list_states()

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List states by code."""
        return super().get(request, *args, **kwargs)


class OneState(APIView):
    """One state."""

    permission_classes = (Public,)

    @extend_schema(responses=StateOut)
    def get(self, _request: Request, iso2: str) -> Response:
        """Show one state by its two-letter code."""
        return Response(StateOut(queries.get_state(iso2)).data)
