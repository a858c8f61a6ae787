"""People who sign in."""

import time
from itertools import count

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from accounts import services
from accounts.enums import OFFICIAL_ROLES
from accounts.models import RoleGrant, User
from clearinghouse.registry.enums import STATE_KINDS
from clearinghouse.registry.models import Agency, Officer, State

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_numbers = count(1)
_KIND = {
    "quota_officer": "destination",
    "approver": "destination",
    "caseworker": "destination",
    "origin_officer": "origin",
    "protection_officer": "protection",
    "operator": "clearing_house",
    "certifier": "clearing_house",
    "administrator": "clearing_house",
    "auditor": "oversight",
    "ombudsperson": "oversight",
    "helper": "support",
    "employer": "employer",
}


def make_user(
    *roles: str, state: str | None = None, email: str | None = None, language: str = "en"
) -> User:
    """Make an account that holds these roles and, for officials, an office of the state."""
    number = next(_numbers)
    user = services.register_user(
        email=email or f"person{number}@example.org",
        display_name=f"Person {number}",
        language=language,
    )
    for role in roles:
        RoleGrant.objects.create(user=user, role=role)
    if OFFICIAL_ROLES & set(roles):
        give_factor(user)
    kind = next((_KIND[role] for role in roles if role in _KIND), None)
    if kind:
        row = State.objects.get(iso2=state) if kind in STATE_KINDS else None
        agency, _ = Agency.objects.get_or_create(
            kind=kind, state=row, defaults={"name": f"Office {kind}"}
        )
        Officer.objects.create(user=user, agency=agency)
    return user


def give_factor(user: User) -> None:
    """Give a person an authenticator app with the secret that every test knows."""
    data = {"secret": SECRET}
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data=data)


def code_now(step: int = 0) -> str:
    """Return what that app shows now, or so many half minutes later."""
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30 + step))
