"""The officials of the demonstration and the accounts that a visitor may use."""

from dataclasses import dataclass

from accounts.enums import Role
from clearinghouse.demo.names import ORIGINS
from clearinghouse.demo.postings import destinations

PASSWORD = "look-around-2026"  # noqa: S105 - printed on screen for visitors of the demonstration
DOMAIN = "demo.example"


@dataclass(frozen=True, slots=True)
class Official:
    """One official: e-mail, greeting name, role, kind and state of the office."""

    email: str
    name: str
    role: str
    office: str
    state: str = ""


def officials() -> list[Official]:
    """List every official, the same every time."""
    found = []
    for state in destinations():
        low = state.lower()
        found += [
            Official(
                f"quota.{low}@{DOMAIN}",
                f"Quota officer {state}",
                Role.QUOTA_OFFICER,
                "destination",
                state,
            ),
            Official(
                f"approver.{low}@{DOMAIN}", f"Approver {state}", Role.APPROVER, "destination", state
            ),
            Official(
                f"caseworker.{low}@{DOMAIN}",
                f"Caseworker {state}",
                Role.CASEWORKER,
                "destination",
                state,
            ),
        ]
    found += [
        Official(
            f"origin.{state.lower()}@{DOMAIN}",
            f"Origin officer {state}",
            Role.ORIGIN_OFFICER,
            "origin",
            state,
        )
        for state in ORIGINS
    ]
    found += [
        Official(
            f"protection@{DOMAIN}", "Protection officer", Role.PROTECTION_OFFICER, "protection"
        ),
        Official(f"operator@{DOMAIN}", "Operator", Role.OPERATOR, "clearing_house"),
        Official(f"certifier.one@{DOMAIN}", "First certifier", Role.CERTIFIER, "clearing_house"),
        Official(f"certifier.two@{DOMAIN}", "Second certifier", Role.CERTIFIER, "clearing_house"),
        Official(f"auditor@{DOMAIN}", "Auditor", Role.AUDITOR, "oversight"),
        Official(f"ombudsperson@{DOMAIN}", "Ombudsperson", Role.OMBUDSPERSON, "oversight"),
        Official(f"administrator@{DOMAIN}", "Administrator", Role.ADMINISTRATOR, "clearing_house"),
        Official(f"helper@{DOMAIN}", "Helper", Role.HELPER, "support"),
    ]
    return found


# What a visitor may sign in as, in the order of the printed list.
LOGINS = (
    (Role.WORKER, f"worker.offer@{DOMAIN}", "a worker with an offer to answer"),
    (Role.WORKER, f"worker.waiting@{DOMAIN}", "a worker who got no place in round 1"),
    (Role.WORKER, f"worker.new@{DOMAIN}", "a worker with a draft for round 2 and a nomination"),
    (Role.WORKER, f"refugee@{DOMAIN}", "a recognised refugee with an offer"),
    (Role.HELPER, f"helper@{DOMAIN}", "helps people on paper"),
    (Role.QUOTA_OFFICER, f"quota.de@{DOMAIN}", "writes quotas of Germany"),
    (Role.APPROVER, f"approver.de@{DOMAIN}", "approves quotas of Germany"),
    (Role.CASEWORKER, f"caseworker.it@{DOMAIN}", "checks applications to Italy"),
    (Role.ORIGIN_OFFICER, f"origin.ph@{DOMAIN}", "nominates workers of the Philippines"),
    (Role.PROTECTION_OFFICER, f"protection@{DOMAIN}", "determines protected status"),
    (Role.OPERATOR, f"operator@{DOMAIN}", "runs rounds"),
    (Role.CERTIFIER, f"certifier.one@{DOMAIN}", "certifies rounds"),
    (Role.CERTIFIER, f"certifier.two@{DOMAIN}", "certifies rounds"),
    (Role.AUDITOR, f"auditor@{DOMAIN}", "reads the audit trail"),
    (Role.OMBUDSPERSON, f"ombudsperson@{DOMAIN}", "adds a secret to the draw"),
    (Role.ADMINISTRATOR, f"administrator@{DOMAIN}", "invites officials"),
)
