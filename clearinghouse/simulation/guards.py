"""When a simulation may begin."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from clearinghouse.matching.enums import Status as RoundStatus
from clearinghouse.quotas.enums import EDITABLE_STATUSES
from clearinghouse.quotas.enums import Status as QuotaStatus
from clearinghouse.shared.errors import Invalid, NotNow

if TYPE_CHECKING:
    from clearinghouse.matching.models import Round
    from clearinghouse.quotas.models import Quota

LIVE_MAX = 3


def check_pool_possible(round_: "Round") -> None:
    """Refuse a round whose results are not released: its numbers would tell them early."""
    if round_.status != RoundStatus.RELEASED:
        raise NotNow(
            _("Only the pool of a released round can be simulated."), code="round_not_released"
        )


def check_not_too_many(live: int) -> None:
    """Refuse one more simulation while so many of the same person wait or run."""
    if live >= LIVE_MAX:
        raise NotNow(
            _("%d of your simulations wait or run. Wait for them or cancel one.") % live,
            code="too_many",
        )


def check_quota_undecided(quota: "Quota") -> None:
    """Refuse to attach a forecast to a quota that is approved already."""
    if quota.status not in {*EDITABLE_STATUSES, QuotaStatus.SUBMITTED}:
        raise NotNow(_("A forecast belongs before the approval."), code="approved_already")


def check_mapping(references: set[str], mapped_to: str) -> None:
    """Refuse a mapping to a posting that the state did not have in the pool."""
    if mapped_to not in references:
        raise Invalid(
            _("Some fields are not right."),
            fields={"mapped_to": [_("Choose a posting of your state in this pool.")]},
        )
