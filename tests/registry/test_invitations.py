"""Invitations: a link that works once, for the invited address only."""

from datetime import datetime, timedelta

import pytest

from accounts.models import Invitation, User
from accounts.queries import held_roles, invitation_token, list_invitations
from clearinghouse.audit.models import Event
from clearinghouse.notices.models import Message
from clearinghouse.registry import queries, services
from clearinghouse.registry.models import Agency
from clearinghouse.shared.errors import Conflict, Forbidden, Invalid, NotFound, NotNow
from tests.factories.accounts import make_user
from tests.factories.registry import make_agency

pytestmark = pytest.mark.django_db
PASSWORD = "seven green bicycles"


@pytest.fixture
def administrator() -> User:
    """Give an administrator."""
    return make_user("administrator")


@pytest.fixture
def agency() -> Agency:
    """Give an authority of Germany."""
    return make_agency("destination", state="DE")


def invite(by: User, agency: Agency, now: datetime, **changes: str) -> Invitation:
    """Invite a caseworker."""
    wanted = {"email": "new@example.org", "role": "caseworker", "language": "fr", **changes}
    return services.invite_official(by=by, agency_id=agency.public_id, now=now, **wanted)


def accept(invitation: Invitation, now: datetime, **changes: object) -> User:
    """Accept as a new person."""
    given = {"display_name": "Ada", "password": PASSWORD, **changes}
    return services.accept_invitation(
        token=invitation_token(invitation.public_id), now=now, **given
    )


def test_invite_official_writes_a_mail_in_the_chosen_language(
    administrator: User, agency: Agency, now: datetime
) -> None:
    invitation = invite(administrator, agency, now, email="New@Example.org")
    message = Message.objects.get()
    assert (message.address, message.language, message.kind) == (
        "new@example.org",
        "fr",
        "invitation",
    )
    assert message.facts == {"invitation": str(invitation.public_id)}
    assert invitation.expires_at == now + timedelta(days=7)


def test_invite_official_records_no_address(
    administrator: User, agency: Agency, now: datetime
) -> None:
    invite(administrator, agency, now)
    event = Event.objects.latest("pk")
    assert event.verb == "person_invited"
    assert "@" not in str(event.__dict__)


def test_invite_official_again_replaces_the_older_invitation(
    administrator: User, agency: Agency, now: datetime
) -> None:
    older, newer = invite(administrator, agency, now), invite(administrator, agency, now)
    assert list(list_invitations(now=now)) == [newer]
    with pytest.raises(NotNow) as refusal:
        accept(older, now)
    assert refusal.value.code == "invitation_withdrawn"


def test_invite_official_by_others_is_forbidden(agency: Agency, now: datetime) -> None:
    with pytest.raises(Forbidden):
        invite(make_user("approver", state="DE"), agency, now)


def test_invite_official_with_a_wrong_address_is_invalid(
    administrator: User, agency: Agency, now: datetime
) -> None:
    with pytest.raises(Invalid) as refusal:
        invite(administrator, agency, now, email="nobody")
    assert list(refusal.value.fields) == ["email"]


def test_invite_official_refuses_what_a_known_official_cannot_hold(
    administrator: User, agency: Agency, now: datetime
) -> None:
    make_user("approver", state="DE", email="new@example.org")
    with pytest.raises(Conflict) as refusal:
        invite(administrator, agency, now)
    assert refusal.value.code == "incompatible_roles"


def test_invite_official_does_not_betray_a_worker(
    administrator: User, agency: Agency, now: datetime
) -> None:
    worker = make_user("worker", email="new@example.org")
    invitation = invite(administrator, agency, now)
    with pytest.raises(Conflict) as refusal:
        accept(invitation, now, user=worker)
    assert refusal.value.code == "incompatible_roles"
    assert Invitation.objects.get(pk=invitation.pk).accepted_at is None


def test_accept_invitation_makes_account_role_office_and_confirmed_address(
    administrator: User, agency: Agency, now: datetime
) -> None:
    user = accept(invite(administrator, agency, now), now, language="ar")
    assert user.check_password(PASSWORD)
    assert (user.email, user.display_name, user.language) == ("new@example.org", "Ada", "ar")
    assert held_roles(user) == {"caseworker"}
    assert queries.state_of(user).iso2 == "DE"
    assert user.emailaddress_set.get().verified
    verbs = Event.objects.order_by("pk").values_list("verb", flat=True)
    assert list(verbs)[-2:] == ["invitation_accepted", "role_granted"]


def test_accept_invitation_by_somebody_signed_in_adds_the_role(
    administrator: User, agency: Agency, now: datetime
) -> None:
    invitation = invite(administrator, agency, now)
    user = make_user(email="new@example.org")
    assert accept(invitation, now, user=user) == user
    assert held_roles(user) == {"caseworker"}


def test_accept_invitation_signed_in_with_another_address_is_forbidden(
    administrator: User, agency: Agency, now: datetime
) -> None:
    with pytest.raises(Forbidden):
        accept(invite(administrator, agency, now), now, user=make_user())


def test_accept_invitation_of_a_known_address_asks_to_sign_in(
    administrator: User, agency: Agency, now: datetime
) -> None:
    invitation = invite(administrator, agency, now)
    make_user(email="NEW@example.org".lower())
    with pytest.raises(Conflict) as refusal:
        accept(invitation, now)
    assert refusal.value.code == "account_exists"


def test_accept_invitation_twice_is_refused(
    administrator: User, agency: Agency, now: datetime
) -> None:
    invitation = invite(administrator, agency, now)
    accept(invitation, now)
    with pytest.raises(NotNow) as refusal:
        accept(invitation, now)
    assert refusal.value.code == "invitation_used"


def test_accept_invitation_after_its_days_is_refused(
    administrator: User, agency: Agency, now: datetime
) -> None:
    invitation = invite(administrator, agency, now)
    with pytest.raises(NotNow) as refusal:
        accept(invitation, now + timedelta(days=7))
    assert refusal.value.code == "invitation_expired"
    accept(invitation, now + timedelta(days=7, seconds=-1))


def test_accept_invitation_with_a_forged_link_is_not_found(
    administrator: User, agency: Agency, now: datetime
) -> None:
    invitation = invite(administrator, agency, now)
    with pytest.raises(NotFound):
        services.accept_invitation(
            token=f"{invitation.public_id}:forged", display_name="A", password=PASSWORD, now=now
        )


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"password": "short"}, "password"), ({"display_name": " "}, "display_name")],
)
def test_accept_invitation_with_bad_answers_keeps_it_open(
    administrator: User, agency: Agency, now: datetime, changes: dict[str, str], field: str
) -> None:
    invitation = invite(administrator, agency, now)
    with pytest.raises(Invalid) as refusal:
        accept(invitation, now, **changes)
    assert list(refusal.value.fields) == [field]
    accept(invitation, now)


def test_withdraw_invitation_makes_the_link_worthless(
    administrator: User, agency: Agency, now: datetime
) -> None:
    invitation = invite(administrator, agency, now)
    services.withdraw_invitation(by=administrator, invitation_id=invitation.public_id, now=now)
    with pytest.raises(NotNow):
        accept(invitation, now)
    with pytest.raises(NotFound):
        services.withdraw_invitation(by=administrator, invitation_id=invitation.public_id, now=now)


def test_withdraw_invitation_by_others_is_forbidden(
    administrator: User, agency: Agency, now: datetime
) -> None:
    invitation = invite(administrator, agency, now)
    with pytest.raises(Forbidden):
        services.withdraw_invitation(
            by=make_user("auditor"), invitation_id=invitation.public_id, now=now
        )
