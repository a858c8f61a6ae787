"""Published numbers in JSON: always with what they say."""

from typing import Any

from rest_framework import serializers

from clearinghouse.statistics.enums import Precision


class NumberOut(serializers.Serializer[Any]):
    """A count of people as it was published."""

    value = serializers.IntegerField(
        allow_null=True, help_text="Null unless the status is exact or about."
    )
    status = serializers.ChoiceField(
        source="precision",
        choices=Precision.choices,
        help_text="exact; about: rounded to 5; few: 0 to 9; many: 10 or more; withheld.",
    )
    since = serializers.IntegerField(help_text="The release of numbers that it comes from.")
