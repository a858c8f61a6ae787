"""Which tables are audited, in which stream, and which are not, with the reason.

A new table needs its line here; a test holds the list against the catalogue of the database.
"""

from dataclasses import dataclass
from types import MappingProxyType

# Where the house keeps tables; a test finds any other schema.
SCHEMAS = ("public", "protection")
# Stream of the chain -> the tables whose changes it holds.
STREAMS = MappingProxyType(
    {
        "accounts": (
            "accounts_incompatiblepair",
            "accounts_invitation",
            "accounts_rolegrant",
            "accounts_user",
            "account_emailaddress",
            "auth_group",
            "auth_group_permissions",
        ),
        "credentials": ("knox_authtoken", "mfa_authenticator"),
        "applications": ("applications_application", "applications_wish"),
        "nominations": ("applications_nomination", "applications_nominationbatch"),
        "ledger": (
            "ledger_balance",
            "ledger_entry",
            "ledger_reconciliation",
            "ledger_transaction",
        ),
        "rounds": (
            "matching_certification",
            "matching_discharge",
            "matching_round",
            "matching_roundquota",
            "matching_rulesdocument",
            "matching_seedsecret",
            "matching_selftest",
        ),
        "sealed": ("matching_merkletree", "matching_sealedentry", "matching_sealedposting"),
        "runs": ("matching_decision", "matching_postingresult", "matching_run"),
        "notices": ("notices_message",),
        "offers": ("offers_offer",),
        "people": ("people_languageskill", "people_mandate", "people_worker"),
        "protection": (
            "protection_determination",
            "protection_evidence",
            "protection_personkey",
            "protection_referral",
            "protection_request",
            "protection_setaside",
            "protection_shield",
        ),
        "exports": ("exports_budget", "exports_export", "exports_file", "exports_line"),
        "statistics": ("statistics_deduction", "statistics_release"),
        "quotas": ("quotas_quota", "quotas_quota_open_to", "quotas_quota_priority_occupations"),
        "registry": (
            "registry_agency",
            "registry_occupation",
            "registry_officer",
            "registry_participation",
            "registry_state",
        ),
        "simulation": ("simulation_simulation",),
    }
)
# The two streams that hold what the house wrote down itself: acts, and reads of named records.
ACTS, READS = "acts", "reads"
NAMES = tuple(sorted([*STREAMS, ACTS, READS]))

_AUDIT = "is the audit itself: append-only, in the chain or checked by it"
_MACHINE = "rebuilt by every migration, decides nothing"
EXEMPT = MappingProxyType(
    {
        "audit_chainstate": _AUDIT,
        "audit_checkpoint": _AUDIT,
        "audit_event": _AUDIT,
        "audit_layout": _AUDIT,
        "audit_link": _AUDIT,
        "audit_reading": _AUDIT,
        "audit_rowchange": _AUDIT,
        "audit_verification": _AUDIT,
        "audit_heartbeat": "a sign of life every few seconds, decides nothing",
        "account_emailconfirmation": "a link in a mail; the confirmed address is audited",
        "auth_permission": _MACHINE,
        "django_content_type": _MACHINE,
        "django_migrations": "written by the migrator alone, before triggers are in place",
        "accounts_attempt": "counts guesses for minutes under keyed digests",
        "accounts_letter": "a mail asked for, deleted when sent; it decides nothing",
        "accounts_session": "changes with every page; who signed in stands in other tables",
        "exports_taken": "counts for two days, as keyed digests; the sum is audited",
        "django_session": "changes with every page; who signed in stands in other tables",
    }
)


@dataclass(frozen=True, slots=True)
class Set:
    """Columns by which a statement's rows are digested together: by group, in order of a key."""

    group: str
    order: str


# Evidence that is written by the hundred thousand in one statement and never changed afterwards:
# one row of the audit says how many rows a statement wrote for a group, and their joint digest.
SETS = MappingProxyType(
    {
        "matching_sealedentry": Set("round_id", "id"),
        "matching_decision": Set("run_id", "entry_id"),
    }
)

AUDITED = MappingProxyType(
    {table: stream for stream, tables in STREAMS.items() for table in tables}
)
