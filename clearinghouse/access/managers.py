"""The manager of tables about persons: nobody lists them on nobody's behalf."""

from typing import TypeVar

from django.db import models

from clearinghouse.access.context import current

Person = TypeVar("Person", bound=models.Model)


class PersonalManager(models.Manager[Person]):
    """Raises `NoActor` where no door has said who acts."""

    def get_queryset(self) -> "models.QuerySet[Person]":
        """Return all rows; which of them an actor finds, queries and the database decide."""
        current()
        return super().get_queryset()
