"""The points rule of a posting as a table that everybody can read."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clearinghouse.quotas.enums import CRITERION_SCALE, Criterion
from clearinghouse.quotas.queries import weights_of

if TYPE_CHECKING:
    from clearinghouse.quotas.models import Quota


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One criterion: its scale, its weight and the most points that it can give."""

    criterion: str
    label: str
    scale: int
    weight: int
    most: int


def points_rule(quota: "Quota") -> list[RuleLine]:
    """List the criteria that give points at a posting; none means that chance alone decides."""
    return [
        RuleLine(
            criterion.value,
            str(Criterion(criterion).label),
            CRITERION_SCALE[criterion],
            weight,
            CRITERION_SCALE[criterion] * weight,
        )
        for criterion, weight in weights_of(quota).items()
        if weight
    ]
