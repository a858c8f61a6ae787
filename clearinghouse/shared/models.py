"""Abstract bases of tables. No verbs live on models."""

import uuid

from django.db import models
from django.db.models.functions import Now


class Row(models.Model):
    """A row with a random public name, so that addresses count nothing and reveal no gaps."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True
