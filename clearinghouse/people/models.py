"""Tables of workers."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Mod
from django.db.models.lookups import Exact

from clearinghouse.access.managers import PersonalManager
from clearinghouse.access.tokens import BLOCK
from clearinghouse.registry.enums import CefrLevel, Qualification
from clearinghouse.shared.models import Row

# The tokens of the helper stand in no column: beside the state they would name themselves.
_NOT_HIDDEN = """
    IF nullif(current_setting('app.mandate_tokens', true), '') IS NULL
        OR coalesce(current_setting('app.mandate_tokens')::bigint[] && (
            SELECT w.shield FROM people_worker w WHERE w.id = NEW.worker_id FOR SHARE), true)
    THEN
        RAISE EXCEPTION 'Nobody helps a person whom they must not know of'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'people_mandate_not_hidden';
    END IF;
    RETURN NEW;
"""


class Worker(Row):
    """A person who looks for work abroad. Nothing here says whether a person is protected."""

    # Empty for a person on paper, whom a helper with a mandate acts for.
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    given_names = models.CharField(max_length=120)
    family_name = models.CharField(max_length=120, blank=True)
    birth_date = models.DateField()
    # Empty for a stateless person.
    nationality = models.ForeignKey(
        "registry.State", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    former_residence = models.ForeignKey(
        "registry.State", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    occupation = models.ForeignKey(
        "registry.Occupation", on_delete=models.PROTECT, related_name="+"
    )
    experience_years = models.PositiveSmallIntegerField(default=0)
    qualification = models.CharField(max_length=1, choices=Qualification, default="0")
    phone = models.CharField(max_length=32, blank=True)
    # True while states check or a round uses what the rules know of the person (`rules.Facts`).
    facts_frozen = models.BooleanField(default=False)
    # Opaque tokens of the states that must not know of this person, among random ones. A copy:
    # the source is encrypted in the protection zone, and nothing else may write here.
    shield = ArrayField(models.BigIntegerField(), default=list, db_default=[], editable=False)
    version = models.PositiveIntegerField(default=1)

    objects = PersonalManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(experience_years__lte=60), name="people_worker_experience"
            ),
            models.CheckConstraint(
                condition=Q(qualification__in=Qualification.values),
                name="people_worker_qualification",
            ),
            models.CheckConstraint(
                condition=Exact(Mod(F("shield__len"), Value(BLOCK)), Value(0)),
                name="people_worker_shield_padded",
            ),
        ]


class LanguageSkill(models.Model):
    """How well a worker speaks one language."""

    worker = models.ForeignKey(Worker, on_delete=models.CASCADE, related_name="languages")
    language = models.CharField(max_length=8)
    level = models.CharField(max_length=2, choices=CefrLevel)

    objects = PersonalManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["worker", "language"], name="people_languageskill_once"
            ),
            models.CheckConstraint(
                condition=Q(level__in=CefrLevel.values), name="people_languageskill_level"
            ),
        ]


class Mandate(Row):
    """A worker's leave for a helper to act, limited in time; one helper at a time."""

    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="mandates")
    helper = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    validity = DateTimeRangeField()
    # The date on the paper that the worker signed; a paper application keeps it.
    signed_on = models.DateField()

    objects = PersonalManager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="people_mandate_one_at_a_time",
                expressions=[
                    (
                        Func(F("worker_id"), F("worker_id"), Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    ("validity", RangeOperators.OVERLAPS),
                ],
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="people_mandate_not_hidden",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("worker_id", "helper_id"),
                func=_NOT_HIDDEN,
            )
        ]
