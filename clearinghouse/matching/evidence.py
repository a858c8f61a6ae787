"""Tables of what a round publishes so that others can check it; all of them only grow."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from clearinghouse.matching import triggers
from clearinghouse.shared.database import append_only


class RulesDocument(models.Model):
    """The rules of a round as canonical JSON, published before lists open."""

    round = models.OneToOneField("matching.Round", on_delete=models.PROTECT, related_name="rules")
    text = models.TextField()

    class Meta:
        triggers = append_only("matching_rulesdocument")


class MerkleTree(models.Model):
    """The middle of a round's tree over its entries, so that a proof reads one chunk of them.

    `firsts` are the first candidates of the chunks, `roots` the roots over these.
    """

    round = models.OneToOneField("matching.Round", on_delete=models.PROTECT, related_name="tree")
    size = models.PositiveIntegerField()
    firsts = ArrayField(models.CharField(max_length=32))
    roots = ArrayField(models.CharField(max_length=64))

    class Meta:
        triggers = append_only("matching_merkletree")


class SelfTest(models.Model):
    """What the statistics said about a plan before anybody certified it."""

    round = models.OneToOneField(
        "matching.Round", on_delete=models.PROTECT, related_name="self_test"
    )
    passed = models.BooleanField()
    results = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        triggers = append_only("matching_selftest")


class Discharge(models.Model):
    """One certifier's word that the input of a drawn round was unlawful; everybody can read it."""

    round = models.ForeignKey("matching.Round", on_delete=models.PROTECT, related_name="discharges")
    certifier = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "certifier"], name="matching_discharge_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="matching_discharge_reason"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="by_others",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=triggers.CERTIFIER_IS_ANOTHER,
            ),
            *append_only("matching_discharge"),
        ]
