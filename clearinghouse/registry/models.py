"""Tables of who takes part."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from clearinghouse.registry.enums import AgencyKind, Treaty, UnStatus
from clearinghouse.shared.models import Row


class State(models.Model):
    """A country or territory with its sourced capacity figures; empty means not known."""

    iso2 = models.CharField(max_length=2, unique=True)
    iso3 = models.CharField(max_length=3, unique=True)
    name_en = models.CharField(max_length=120)
    name_fr = models.CharField(max_length=120)
    name_es = models.CharField(max_length=120)
    name_ar = models.CharField(max_length=120)
    un_status = models.CharField(max_length=32, choices=UnStatus)
    population = models.PositiveBigIntegerField(null=True)
    population_year = models.PositiveSmallIntegerField(null=True)
    gdp_usd = models.PositiveBigIntegerField(null=True)
    gdp_year = models.PositiveSmallIntegerField(null=True)
    unemployment_pct = models.DecimalField(max_digits=6, decimal_places=3, null=True)
    unemployment_year = models.PositiveSmallIntegerField(null=True)
    refugees_hosted = models.PositiveIntegerField(null=True)
    refugees_year = models.PositiveSmallIntegerField(null=True)
    others_in_need_hosted = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(un_status__in=UnStatus.values), name="registry_state_un_status"
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{figure}__isnull": True}) | Q(**{f"{year}__isnull": False}),
                    name=f"registry_state_{year}",
                )
                for figure, year in (
                    ("population", "population_year"),
                    ("gdp_usd", "gdp_year"),
                    ("unemployment_pct", "unemployment_year"),
                    ("refugees_hosted", "refugees_year"),
                )
            ),
        ]

    def __str__(self) -> str:
        return self.iso2


class Participation(models.Model):
    """A dated participation of a state in an instrument; periods of one pair never overlap."""

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="participations")
    treaty = models.CharField(max_length=32, choices=Treaty)
    validity = DateRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="registry_participation_no_overlap",
                expressions=[
                    (
                        Func(F("state_id"), F("state_id"), Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    ("validity", RangeOperators.OVERLAPS),
                ],
                condition=Q(treaty=Treaty.CLEARING_HOUSE),
            ),
            ExclusionConstraint(
                name="registry_participation_no_overlap_sharing",
                expressions=[
                    (
                        Func(F("state_id"), F("state_id"), Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    ("validity", RangeOperators.OVERLAPS),
                ],
                condition=Q(treaty=Treaty.RESPONSIBILITY_SHARING),
            ),
            models.CheckConstraint(
                condition=Q(treaty__in=Treaty.values), name="registry_participation_treaty"
            ),
        ]


class Occupation(models.Model):
    """A group of ISCO-08; the code is text, because leading zeros matter."""

    code = models.CharField(max_length=4, unique=True)
    level = models.PositiveSmallIntegerField()
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    title_en = models.CharField(max_length=200)
    title_fr = models.CharField(max_length=200)
    title_es = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(level__gte=1, level__lte=4), name="registry_occupation_level"
            ),
            models.CheckConstraint(
                condition=Q(level=1, parent__isnull=True) | Q(level__gt=1, parent__isnull=False),
                name="registry_occupation_parent",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Agency(Row):
    """An office that officials belong to; international bodies have no state."""

    state = models.ForeignKey(
        State, on_delete=models.PROTECT, null=True, blank=True, related_name="agencies"
    )
    kind = models.CharField(max_length=16, choices=AgencyKind)
    name = models.CharField(max_length=160)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=[AgencyKind.DESTINATION, AgencyKind.ORIGIN, AgencyKind.EMPLOYER],
                    state__isnull=False,
                )
                | Q(
                    kind__in=[
                        AgencyKind.PROTECTION,
                        AgencyKind.CLEARING_HOUSE,
                        AgencyKind.OVERSIGHT,
                        AgencyKind.SUPPORT,
                    ],
                    state__isnull=True,
                ),
                name="registry_agency_state",
            ),
        ]


class Officer(models.Model):
    """The one office that an official acts for."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="officers")
    position = models.CharField(max_length=120, blank=True)
