"""Workers with and without accounts, made through the services as in life."""

from datetime import UTC, date, datetime
from typing import Any

from allauth.account.models import EmailAddress

from accounts.models import User
from clearinghouse.people import services
from clearinghouse.people.models import Worker
from clearinghouse.people.rules import ProfileData
from tests.factories.accounts import make_user

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def make_data(**over: Any) -> ProfileData:
    """Give a welder from Kenya with eight years of experience; `over` replaces some facts."""
    facts: dict[str, Any] = {
        "given_names": "Amina",
        "family_name": "Odhiambo",
        "birth_date": date(1994, 5, 17),
        "nationality": "KE",
        "occupation": "7212",
        "experience_years": 8,
        "qualification": "3",
        "languages": (("de", "B1"), ("en", "B2")),
    }
    return ProfileData(**{**facts, **over})


def make_worker(user: User | None = None, *, now: datetime = NOW, **over: Any) -> Worker:
    """Make a worker with an account and a verified e-mail address."""
    user = user or make_user("worker")
    verify_email(user)
    return services.save_profile(by=user, data=make_data(**over), now=now)


def make_paper_person(helper: User, *, now: datetime = NOW, **over: Any) -> Worker:
    """Make a person without an account whom a helper has a mandate for until the end of 2026."""
    return services.create_paper_person(
        by=helper,
        data=make_data(**over),
        signed_on=date(2026, 11, 2),
        valid_until=date(2026, 12, 31),
        now=now,
    )


def verify_email(user: User) -> None:
    """Let the account's e-mail address count as verified."""
    EmailAddress.objects.get_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
