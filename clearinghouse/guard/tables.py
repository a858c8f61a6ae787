"""Every table of the database: its zone, and what each login may do with it.

Verbs: S select, I insert, U update, D delete. Sealed tables and evidence give no login U or D.
A table that is not here fails the build. Zones: design/trust.md 4.1.
"""

from dataclasses import dataclass
from enum import StrEnum

LOGINS = ("web", "matcher", "protection", "auditor", "backup")


class Zone(StrEnum):
    """What a table is about."""

    PUBLIC = "Z0"
    STATE = "Z1"
    PSEUDONYMOUS = "Z2"
    IDENTITY = "Z3"
    PROTECTION = "Z4"
    ACCOUNT = "ZA"  # who signs in, and as what
    MACHINE = "ZM"  # no person, no state: the framework's own


PERSONAL = frozenset({Zone.PSEUDONYMOUS, Zone.IDENTITY, Zone.PROTECTION, Zone.ACCOUNT})


@dataclass(frozen=True, slots=True)
class Table:
    """One table; `exempt` says why a table of a personal zone has no row-level security."""

    zone: Zone
    web: str = ""
    matcher: str = ""
    protection: str = ""
    auditor: str = ""
    backup: str = "S"
    exempt: str = ""

    @property
    def is_guarded(self) -> bool:
        """Tell whether row-level security is on, and forced."""
        return self.zone in PERSONAL and not self.exempt

    def verbs(self, login: str) -> str:
        """Return what a login may do."""
        found: str = getattr(self, login)
        return found


def _known(zone: Zone, web: str = "S", **more: str) -> Table:
    """Declare a table that everybody at run time reads."""
    return Table(zone, web, **{"matcher": "S", "protection": "S", "auditor": "S"} | more)


_SESSION = "a signed, opaque word without an account's key in a column; swept by its end"
_GUESSES = "keyed digests of what was tried, for minutes; nobody can read an account from them"
_MADE_OF_ROLES = "which two roles exclude each other: words, no person"

TABLES: dict[str, Table] = {
    "django_content_type": _known(Zone.MACHINE),
    "django_migrations": Table(Zone.MACHINE, auditor="S"),
    "django_session": _known(
        Zone.ACCOUNT, "SIUD", matcher="SIUD", protection="SIUD", auditor="SIUD", exempt=_SESSION
    ),
    "auth_group": Table(Zone.MACHINE),
    "auth_group_permissions": Table(Zone.MACHINE),
    "auth_permission": Table(Zone.MACHINE),
    "account_emailaddress": _known(Zone.ACCOUNT, "SIUD"),
    "account_emailconfirmation": _known(Zone.ACCOUNT, "SIUD"),
    "mfa_authenticator": _known(Zone.ACCOUNT, "SIUD"),
    "knox_authtoken": _known(Zone.ACCOUNT, "SIUD", matcher="SUD", protection="SUD", auditor="SUD"),
    "accounts_user": _known(Zone.ACCOUNT, "SIU"),
    "accounts_rolegrant": _known(Zone.ACCOUNT, "SIU"),
    "accounts_session": _known(
        Zone.ACCOUNT, "SIUD", matcher="SIUD", protection="SIUD", auditor="SIUD"
    ),
    "accounts_attempt": _known(
        Zone.ACCOUNT, "SIUD", matcher="SIUD", protection="SIUD", auditor="SIUD", exempt=_GUESSES
    ),
    "accounts_incompatiblepair": _known(Zone.MACHINE, exempt=_MADE_OF_ROLES),
    # A request adds one and cannot read it; who sends reads and deletes it.
    "accounts_letter": Table(Zone.ACCOUNT, web="I", matcher="SIUD", protection="I", auditor="I"),
    "accounts_invitation": _known(Zone.ACCOUNT, "SIU"),
    "registry_state": _known(Zone.PUBLIC, "SU", matcher="SU"),
    "registry_occupation": _known(Zone.PUBLIC),
    "registry_participation": _known(Zone.PUBLIC),
    "registry_agency": _known(Zone.PUBLIC, "SI"),
    "registry_officer": _known(Zone.PUBLIC, "SIUD"),
    "quotas_quota": _known(Zone.STATE, "SIUD", matcher="SU", protection="SU"),
    "quotas_quota_open_to": _known(Zone.STATE, "SID"),
    "quotas_quota_priority_occupations": _known(Zone.STATE, "SID"),
    "ledger_transaction": _known(Zone.PUBLIC, "SI", matcher="SI", protection="SI"),
    "ledger_entry": _known(Zone.PUBLIC, "SI", matcher="SI", protection="SI"),
    "ledger_balance": _known(Zone.PUBLIC, "SIU", matcher="SIU", protection="SIU"),
    "ledger_reconciliation": _known(Zone.PUBLIC, matcher="SI"),
    "matching_round": _known(Zone.PUBLIC, matcher="SIU"),
    "matching_roundquota": _known(Zone.PUBLIC, matcher="SIUD"),
    "matching_rulesdocument": _known(Zone.PUBLIC, matcher="SI"),
    "matching_merkletree": _known(Zone.PUBLIC, matcher="SI"),
    "matching_selftest": _known(Zone.PUBLIC, matcher="SI"),
    "matching_seedsecret": _known(Zone.STATE, matcher="SIU"),
    "matching_sealedposting": _known(Zone.PUBLIC, matcher="SI"),
    "matching_run": _known(Zone.PUBLIC, matcher="SIU"),
    "matching_certification": _known(Zone.PUBLIC, matcher="SI"),
    "matching_discharge": _known(Zone.PUBLIC, matcher="SI"),
    "matching_postingresult": _known(Zone.PUBLIC, matcher="SI"),
    "matching_sealedentry": _known(Zone.PSEUDONYMOUS, matcher="SI", protection=""),
    "matching_decision": _known(Zone.PSEUDONYMOUS, matcher="S", protection=""),
    "simulation_simulation": _known(Zone.STATE, "SIU", matcher="SIU"),
    "people_worker": _known(Zone.IDENTITY, "SIU", matcher="SU", protection="SU", auditor=""),
    "people_languageskill": _known(Zone.IDENTITY, "SIUD", auditor=""),
    "people_mandate": _known(Zone.IDENTITY, "SIU", protection="SU", auditor=""),
    "applications_application": _known(Zone.PSEUDONYMOUS, "SIU", matcher="SU", protection="SU"),
    "applications_wish": _known(Zone.PSEUDONYMOUS, "SIUD", matcher="SU", protection="SIUD"),
    "applications_nominationbatch": Table(Zone.STATE, web="SI", matcher="S"),
    "applications_nomination": Table(Zone.IDENTITY, web="SIU", matcher="S", protection="S"),
    "offers_offer": _known(Zone.PSEUDONYMOUS, "S", matcher="SIU", protection="SU"),
    "protection_request": Table(Zone.PROTECTION, protection="SIU"),
    "protection_determination": Table(Zone.PROTECTION, protection="SI"),
    "protection_shield": Table(Zone.PROTECTION, protection="SIU"),
    "protection_setaside": Table(Zone.PROTECTION, protection="SI"),
    # Without it what a backup holds of a person is noise: it is kept apart, and shortly.
    "protection_personkey": Table(Zone.PROTECTION, protection="SIUD", backup=""),
    "protection_referral": Table(Zone.PROTECTION, protection="SIU"),
    "protection_evidence": Table(Zone.PROTECTION, protection="SID"),
    "notices_message": _known(Zone.IDENTITY, "SIU", matcher="SIU", protection="SIU", auditor="S"),
    "audit_event": _known(Zone.PSEUDONYMOUS, "SI", matcher="SI", protection="SI", auditor="SI"),
    # Only triggers write it, with the owner's rights.
    "audit_rowchange": Table(Zone.PSEUDONYMOUS, matcher="S", auditor="S"),
    "audit_reading": _known(Zone.IDENTITY, "SI", matcher="SI", protection="SI"),
    "audit_layout": _known(Zone.MACHINE),
    "audit_link": _known(Zone.PUBLIC, matcher="SI"),
    "audit_chainstate": _known(Zone.MACHINE, matcher="SIU"),
    "audit_checkpoint": _known(Zone.PUBLIC, matcher="SI"),
    "audit_verification": _known(Zone.MACHINE, matcher="SI"),
    "statistics_release": _known(Zone.PUBLIC, matcher="SI"),
    # What a release was proven with: nobody but who makes the next one needs it.
    "statistics_deduction": Table(Zone.MACHINE, matcher="SI"),
    "exports_export": Table(Zone.STATE, web="SIU", matcher="SU"),
    "exports_line": Table(Zone.IDENTITY, web="SID", matcher="SD"),
    "exports_file": Table(Zone.IDENTITY, web="SD", matcher="SID"),
    "exports_budget": Table(Zone.STATE, web="SIU", matcher="S"),
    "exports_taken": Table(Zone.IDENTITY, web="SI", matcher="SD"),
    "audit_heartbeat": _known(Zone.MACHINE, matcher="SIU"),
}
