"""The policy page: each role in a sentence, and what it may do."""

from types import MappingProxyType

from accounts.enums import Role
from clearinghouse.access.permissions import Permission

SENTENCES = MappingProxyType(
    {
        Role.WORKER: "Applies for visas, ranks wishes, answers offers; sees only their own file.",
        Role.HELPER: "Acts for workers who gave a mandate, on paper or on site; decides nothing.",
        Role.QUOTA_OFFICER: "Drafts and submits the quotas of one destination state.",
        Role.APPROVER: "Approves or returns quotas of one state that somebody else wrote.",
        Role.CASEWORKER: "Checks whether applicants to one state's quotas meet the requirements.",
        Role.ORIGIN_OFFICER: "Nominates workers of one state; sees its own nominations only.",
        Role.PROTECTION_OFFICER: "Determines protected status internationally; acts for no state.",
        Role.OPERATOR: "Plans and runs rounds; can read no name and edit nobody's data.",
        Role.CERTIFIER: "Certifies verified rounds that others have operated.",
        Role.AUDITOR: "Reads audit trail and rounds, adds a secret to the draw; changes nothing.",
        Role.OMBUDSPERSON: "Watches rounds for the people, adds a secret to the draw.",
        Role.ADMINISTRATOR: "Invites officials and ends their roles; reads no case.",
        Role.EMPLOYER: "Hires, registered with one state; sees public postings and own account.",
    }
)

GRANTS: MappingProxyType[str, frozenset[Permission]] = MappingProxyType(
    {
        Role.WORKER: frozenset(
            {
                Permission.OWN_PROFILE,
                Permission.OWN_APPLICATION,
                Permission.OWN_OFFER,
                Permission.CONFIRM_NOMINATION,
                Permission.REQUEST_PROTECTION,
                Permission.USE_API,
            }
        ),
        Role.HELPER: frozenset({Permission.ACT_FOR_WORKER}),
        Role.QUOTA_OFFICER: frozenset(
            {
                Permission.DRAFT_QUOTA,
                Permission.SEE_STATE_QUOTAS,
                Permission.SIMULATE,
                Permission.USE_API,
            }
        ),
        Role.APPROVER: frozenset(
            {
                Permission.APPROVE_QUOTA,
                Permission.SEE_STATE_QUOTAS,
                Permission.SIMULATE,
                Permission.COMMIT_SECRET,
                Permission.USE_API,
            }
        ),
        Role.CASEWORKER: frozenset(
            {Permission.CHECK_APPLICATIONS, Permission.SEE_STATE_QUOTAS, Permission.USE_API}
        ),
        Role.ORIGIN_OFFICER: frozenset({Permission.NOMINATE, Permission.USE_API}),
        Role.PROTECTION_OFFICER: frozenset({Permission.DETERMINE_PROTECTION}),
        Role.OPERATOR: frozenset(
            {
                Permission.OPERATE_ROUNDS,
                Permission.SEE_ROUNDS,
                Permission.SIMULATE,
                Permission.SEE_SYSTEM,
                Permission.COMMIT_SECRET,
                Permission.USE_API,
            }
        ),
        Role.CERTIFIER: frozenset(
            {
                Permission.CERTIFY_ROUNDS,
                Permission.SEE_ROUNDS,
                Permission.SIMULATE,
                Permission.READ_SEALED,
                Permission.USE_API,
            }
        ),
        Role.AUDITOR: frozenset(
            {
                Permission.SEE_ROUNDS,
                Permission.SIMULATE,
                Permission.READ_SEALED,
                Permission.SEE_SYSTEM,
                Permission.SEE_AUDIT,
                Permission.COMMIT_SECRET,
                Permission.USE_API,
            }
        ),
        Role.OMBUDSPERSON: frozenset(
            {Permission.SEE_ROUNDS, Permission.COMMIT_SECRET, Permission.USE_API}
        ),
        Role.ADMINISTRATOR: frozenset({Permission.MANAGE_PEOPLE}),
        Role.EMPLOYER: frozenset(),
    }
)


def grid() -> str:
    """Draw the table role x permission as Markdown, as the access page prints it."""
    roles = list(Role)
    lines = ["| | " + " | ".join(role.value for role in roles) + " |"]
    lines.append("|---|" + "---|" * len(roles))
    for permission in Permission:
        cells = ["yes" if permission in GRANTS[role] else "" for role in roles]
        lines.append(f"| {permission.value} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
