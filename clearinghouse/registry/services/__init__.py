"""Every write of the registry, and the audited acts on accounts (accounts knows no audit)."""

from clearinghouse.registry.services.access import (
    TOKEN_LIFETIME,
    issue_token,
    set_account_active,
    withdraw_token,
)
from clearinghouse.registry.services.agencies import create_agency, record_participation
from clearinghouse.registry.services.invitations import (
    accept_invitation,
    invite_official,
    withdraw_invitation,
)
from clearinghouse.registry.services.offices import appoint, end_role, move_official
from clearinghouse.registry.services.reference import load_reference
from clearinghouse.registry.services.sessions import (
    end_other_sessions,
    end_session,
    note_factor,
    revoke_access,
)

__all__ = [
    "TOKEN_LIFETIME",
    "accept_invitation",
    "appoint",
    "create_agency",
    "end_other_sessions",
    "end_role",
    "end_session",
    "invite_official",
    "issue_token",
    "load_reference",
    "move_official",
    "note_factor",
    "record_participation",
    "revoke_access",
    "set_account_active",
    "withdraw_invitation",
    "withdraw_token",
]
