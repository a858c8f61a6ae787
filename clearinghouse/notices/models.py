"""Tables of messages."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.enums import Language
from clearinghouse.access.managers import PersonalManager
from clearinghouse.notices.enums import Kind
from clearinghouse.shared.models import Row
from clearinghouse.shared.postgres.session import request_id


class Message(Row):
    """One message to one person: in the portal at once, by mail when the outbox is worked off.

    `user` is empty for people without an account (invitations, nominations); `address` is empty
    for people with one. `facts` hold references and dates only. `attempts` counts tries to send
    it by mail, `tried_at` is the last one; a message that cannot be sent stays. `made_in` is the
    random id of the request that wrote it: who writes to others sees the row until the answer.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    address = models.EmailField(blank=True)
    language = models.CharField(max_length=2, choices=Language)
    kind = models.CharField(max_length=24, choices=Kind)
    facts = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True, blank=True)
    made_in = models.CharField(max_length=32, default=request_id, blank=True, editable=False)

    objects = PersonalManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, address="")
                | (Q(user__isnull=True) & ~Q(address="")),
                name="notices_message_recipient",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=Kind.values),
                name="notices_message_kind",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(tried_at__isnull=False),
                name="notices_message_sent_was_tried",
            ),
        ]
        indexes = [
            models.Index(
                fields=["made_at"], condition=Q(sent_at__isnull=True), name="notices_unsent"
            ),
            models.Index(fields=["user", "-made_at"]),
        ]
