"""Names the accounts that a visitor may sign in as, once results are known."""

from django.contrib.auth.hashers import make_password

from accounts.models import User
from clearinghouse.applications.enums import NominationStatus
from clearinghouse.applications.models import Application, Nomination
from clearinghouse.demo.cast import DOMAIN, LOGINS, PASSWORD
from clearinghouse.offers.models import Offer


def name_visitors() -> None:
    """Give four invented workers the printed addresses and the shared password."""
    taken: set[int] = set()
    waiting = Offer.objects.filter(
        status="offered", worker__user__isnull=False, run__generation=0
    ).order_by("candidate")
    protected = waiting.filter(seat="reserved")
    _rename(f"refugee@{DOMAIN}", protected.values_list("worker__user", flat=True), taken)
    others = waiting.exclude(seat="reserved")
    _rename(f"worker.offer@{DOMAIN}", others.values_list("worker__user", flat=True), taken)
    unplaced = Application.objects.filter(status="unplaced", worker__user__isnull=False)
    _rename(
        f"worker.waiting@{DOMAIN}",
        unplaced.order_by("public_id").values_list("worker__user", flat=True),
        taken,
    )
    drafts = Application.objects.filter(status="draft", worker__user__isnull=False)
    user = _rename(
        f"worker.new@{DOMAIN}",
        drafts.order_by("public_id").values_list("worker__user", flat=True),
        taken,
    )
    if user is not None:
        nomination = Nomination.objects.filter(
            status=NominationStatus.AWAITING_WORKER, state__iso2="PH"
        ).first()
        if nomination is not None:
            Nomination.objects.filter(pk=nomination.pk).update(email=user.email)


def _rename(email: str, candidates: object, taken: set[int]) -> User | None:
    from allauth.account.models import EmailAddress  # noqa: PLC0415 - needs loaded apps

    found = next((key for key in candidates if key not in taken), None)  # type: ignore[attr-defined]
    if found is None:
        return None
    taken.add(found)
    User.objects.filter(pk=found).update(email=email, password=make_password(PASSWORD))
    EmailAddress.objects.filter(user_id=found).update(email=email)
    return User.objects.get(pk=found)


def logins() -> str:
    """Return the printed list: role, address, what there is to see, and the shared password."""
    known = set(User.objects.filter(email__endswith=DOMAIN).values_list("email", flat=True))
    lines = [f"Sign in with any of these; the password is {PASSWORD}"]
    lines += [
        f"  {role.label!s:<20} {email:<34} {what}" for role, email, what in LOGINS if email in known
    ]
    lines.append("Officials are asked for a code too: python3 run.py manage demo_code ADDRESS")
    return "\n".join(lines)
