"""Who is hidden from whom, as far as applications know it: by opaque tokens."""

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.db.models import F

from clearinghouse.access.tokens import state_token
from clearinghouse.applications.enums import NominationStatus
from clearinghouse.applications.models import Application, Nomination, Wish
from clearinghouse.people import queries as people

if TYPE_CHECKING:
    from clearinghouse.people.models import Worker
    from clearinghouse.quotas.models import Quota


def is_hidden_from(shield: Collection[int], quota: "Quota") -> bool:
    """Tell whether the state of a posting must not know of a person with this shield."""
    return bool(shield) and state_token(quota.state.iso2) in shield


def hidden_postings(worker: "Worker | None", quotas: Iterable["Quota"]) -> set[int]:
    """Return which of these postings (keys) are of states that a person is hidden from."""
    shield = worker.shield if worker else []
    return {quota.pk for quota in quotas if is_hidden_from(shield, quota)}


def hidden_wishes(application: Application) -> list[Wish]:
    """Return the wishes of a list for states that the person is hidden from."""
    return [wish for wish in application.wishes.all() if is_hidden_from(wish.shield, wish.quota)]


def hold_hidden_wishes(application_ids: Iterable[int], tokens: Mapping[int, int]) -> set[int]:
    """Return which of these applications (keys) wish for a posting that is hidden from them.

    `tokens` are the shield tokens of the states of the postings (keys) of a round.
    """
    rows = Wish.objects.filter(
        application_id__in=list(application_ids), quota_id__in=tokens, shield__len__gt=0
    )
    return {
        application_id
        for application_id, quota_id, shield in rows.values_list(
            "application_id", "quota_id", "shield"
        )
        if tokens[quota_id] in shield
    }


def list_hidden_nominations() -> list[tuple[int, str, str]]:
    """List the waiting nominations of people who are hidden from the nominating state.

    Each is (key of the person, public id of the nomination, ISO code of the state), found by
    verified e-mail address; three queries.
    """
    hidden = people.list_hidden_accounts()
    addresses = EmailAddress.objects.filter(user_id__in=hidden, verified=True)
    owners = {email.lower(): user for email, user in addresses.values_list("email", "user_id")}
    rows = Nomination.objects.filter(
        email__in=owners, status=NominationStatus.AWAITING_WORKER, declined_at__isnull=True
    )
    found = []
    for public_id, email, state in rows.values_list("public_id", "email", "state__iso2"):
        worker_id, shield = hidden[owners[email]]
        if state_token(state) in shield:
            found.append((worker_id, str(public_id), state))
    return sorted(found)


def count_wrong_shields() -> int:
    """Count the applications and wishes that are not hidden from whom their person is hidden."""
    applications = Application.objects.exclude(shield=F("worker__shield"))
    wishes = Wish.objects.exclude(
        shield=F("application__worker__shield"),
        worker=F("application__worker"),
        state=F("quota__state"),
    )
    return applications.count() + wishes.count()
