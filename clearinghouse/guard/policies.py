"""Which rows of a table each login reaches: the rules of design/trust.md 4.3 in SQL.

A rule is the condition of USING and of WITH CHECK alike, so that nobody writes a row that they
could not see, or takes one out of sight; where the two differ, both stand here.
"""

from dataclasses import dataclass

from clearinghouse.guard.words import (
    ACTOR,
    MADE,
    MINE,
    NO_STATE,
    NOBODY,
    REQUEST,
    STATE,
    TOKENS,
    USER,
    both,
    either,
    has_role,
    likely,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What one login reads of a table, and which rows it may write."""

    read: str
    write: str = ""

    @property
    def written(self) -> str:
        """Return the condition of rows that are written."""
        return self.write or self.read


def _own(column: str) -> str:
    return f"{column} = {USER}"


def _mine(column: str) -> str:
    return f"{column} = ANY ({MINE}::bigint[])"


_ADMINISTRATOR = has_role("administrator")
# People who act for no state. An official whose state is set never passes, whatever the address.
_ALL_BUT_STATES = Rule(NO_STATE)
_HOUSE = has_role("system", "protection_officer")
# Without tokens the comparison is unknown, and then the row is hidden.
_NOT_HIDDEN = f"NOT (shield && {TOKENS})"
# One look into an index for each row that a list comes by. Of EXISTS the planner could make a table
# of all wishes of the state, before the first row of a page.
_WISHED_HERE = (
    "(SELECT true FROM applications_wish w"
    " WHERE w.application_id = applications_application.id"
    f" AND w.state_id = {STATE} LIMIT 1) IS NOT NULL"
)
_MY_STATES_QUOTA = f"quota_id IN (SELECT q.id FROM quotas_quota q WHERE q.state_id = {STATE})"
_SIGNING_IN = either(NOBODY, _own("user_id"), _ADMINISTRATOR)
_OFFICIAL = (
    "EXISTS (SELECT 1 FROM accounts_rolegrant g"
    " WHERE g.user_id = accounts_user.id AND g.role <> 'worker')"
)
_MY_ADDRESS = f"lower(email) = (SELECT lower(u.email) FROM accounts_user u WHERE u.id = {USER})"

_OF_MY_EXPORTS = Rule(
    f"export_id IN (SELECT e.id FROM exports_export e WHERE e.state_id = {STATE})"
)
# The person reads who looked; who looks writes it, and nobody else's.
_READINGS = Rule(either(_mine("worker"), f"reader::text = {ACTOR}"), f"reader::text = {ACTOR}")

WEB: dict[str, Rule] = {
    "accounts_user": Rule(
        either(
            NOBODY,
            _own("id"),
            _OFFICIAL,
            "EXISTS (SELECT 1 FROM people_worker w WHERE w.user_id = accounts_user.id)",
        ),
        either(NOBODY, _own("id"), _ADMINISTRATOR),
    ),
    "accounts_rolegrant": Rule(
        either(NOBODY, _own("user_id"), "role <> 'worker'"),
        either(NOBODY, _own("user_id"), _ADMINISTRATOR),
    ),
    "accounts_letter": Rule("false", "true"),
    "accounts_invitation": Rule("true", either(NOBODY, _MY_ADDRESS, _ADMINISTRATOR)),
    "account_emailaddress": Rule(_SIGNING_IN),
    "account_emailconfirmation": Rule(
        "EXISTS (SELECT 1 FROM account_emailaddress e WHERE e.id = email_address_id)"
    ),
    "mfa_authenticator": Rule(_SIGNING_IN),
    "knox_authtoken": Rule(_SIGNING_IN),
    "accounts_session": Rule(either("user_id IS NULL", _SIGNING_IN)),
    "people_worker": Rule(
        either(
            _mine("id"),
            f"id = ANY ({MADE}::bigint[])",
            both(
                f"{STATE} IS NOT NULL",
                _NOT_HIDDEN,
                # Asked of wishes, whose own rule is the shortest: a rule asked within another
                # one, row by row, is what makes lists slow.
                likely(
                    "EXISTS (SELECT 1 FROM applications_wish w"
                    " WHERE w.worker_id = people_worker.id"
                    f" AND w.state_id = {STATE} AND w.known)"
                ),
            ),
        ),
        # A person on paper has no account: nobody learns here which accounts have a profile.
        either(
            _mine("id"),
            _own("user_id"),
            both(NO_STATE, "user_id IS NULL", f"id = ANY ({MADE}::bigint[])"),
        ),
    ),
    "people_languageskill": Rule(
        "EXISTS (SELECT 1 FROM people_worker w WHERE w.id = worker_id)",
        either(_mine("worker_id"), f"worker_id = ANY ({MADE}::bigint[])"),
    ),
    "people_mandate": Rule(
        either(_own("helper_id"), "EXISTS (SELECT 1 FROM people_worker w WHERE w.id = worker_id)"),
        either(_own("helper_id"), _mine("worker_id")),
    ),
    "applications_application": Rule(
        either(
            _mine("worker_id"),
            both(
                f"{STATE} IS NOT NULL",
                _NOT_HIDDEN,
                "status NOT IN ('draft', 'withdrawn')",
                _WISHED_HERE,
            ),
        )
    ),
    "applications_wish": Rule(
        either(
            _mine("worker_id"),
            both(likely(f"state_id = {STATE}"), _NOT_HIDDEN, "known"),
        )
    ),
    "applications_nomination": Rule(
        either(f"state_id = {STATE}", both(NO_STATE, either(_mine("worker_id"), _MY_ADDRESS)))
    ),
    "offers_offer": Rule(either(_mine("worker_id"), both(_MY_STATES_QUOTA, _NOT_HIDDEN))),
    "matching_sealedentry": Rule(_mine("worker_id")),
    "matching_decision": Rule(
        "EXISTS (SELECT 1 FROM matching_sealedentry e WHERE e.id = entry_id)"
    ),
    "notices_message": Rule(
        either(_own("user_id"), f"made_in = {REQUEST}"),
        either(_own("user_id"), f"made_in = {REQUEST}"),
    ),
    "exports_line": _OF_MY_EXPORTS,
    "exports_file": _OF_MY_EXPORTS,
    "exports_taken": Rule(f"state_id = {STATE}"),
    "audit_reading": _READINGS,
    "audit_event": Rule(
        either(
            f"actor::text = {ACTOR}",
            f"subject = {ACTOR}",
            "actor IS NULL",
            # Who accepts an invitation has no account until then.
            both(NOBODY, "subject_kind LIKE 'accounts.%'"),
            "subject_kind NOT LIKE 'people.%' AND subject_kind NOT LIKE 'applications.%'"
            " AND subject_kind NOT LIKE 'offers.%' AND subject_kind NOT LIKE 'protection.%'"
            " AND subject_kind NOT LIKE 'accounts.%'",
        ),
        "true",
    ),
}

_OF_THE_POOL = (
    "people_worker",
    "people_languageskill",
    "people_mandate",
    "applications_application",
    "applications_wish",
    "offers_offer",
    "matching_sealedentry",
    "matching_decision",
)
# Works on the pool as a whole. States have no business there: with an office it finds nobody.
MATCHER: dict[str, Rule] = {
    "audit_event": Rule("true"),
    "audit_reading": Rule(NO_STATE, f"reader::text = {ACTOR}"),
    "audit_rowchange": _ALL_BUT_STATES,
    "notices_message": Rule("true"),
    "accounts_letter": Rule("true"),
    # Files that a state has asked for are written by the house.
    "applications_nomination": Rule(has_role("system")),
    "exports_line": Rule(has_role("system")),
    "exports_file": Rule(has_role("system")),
    "exports_taken": Rule(has_role("system")),
} | dict.fromkeys(_OF_THE_POOL, _ALL_BUT_STATES)

# The protection body, the house, and each person's own case.
_CASE = either(_HOUSE, _mine("worker_id"))
PROTECTION: dict[str, Rule] = {
    "people_worker": Rule(both(NO_STATE, either(_HOUSE, _mine("id")))),
    "notices_message": Rule("true"),
    "audit_event": Rule("true"),
    "audit_reading": _READINGS,
} | {
    name: Rule(both(NO_STATE, _CASE))
    for name in (
        "people_languageskill",
        "people_mandate",
        "applications_application",
        "protection_request",
        "protection_determination",
        "protection_referral",
        "protection_personkey",
        "protection_shield",
        "protection_setaside",
        "protection_evidence",
    )
}
# Who hides gives up an offer, and the places of its posting are counted again: over all of them.
PROTECTION["offers_offer"] = Rule(NO_STATE, both(NO_STATE, _CASE))
PROTECTION["applications_nomination"] = Rule(both(NO_STATE, _HOUSE))
PROTECTION["applications_wish"] = Rule(
    "EXISTS (SELECT 1 FROM applications_application a WHERE a.id = application_id)"
)

_AUDITS = has_role("auditor", "ombudsperson", "system")
AUDITOR: dict[str, Rule] = {
    name: Rule(both(NO_STATE, _AUDITS))
    for name in (
        "audit_event",
        "audit_reading",
        "audit_rowchange",
        "applications_application",
        "applications_wish",
        "offers_offer",
        "matching_sealedentry",
        "matching_decision",
    )
} | {"notices_message": Rule(_own("user_id"))}

# What every login reads of accounts while somebody signs in, or to write to an official.
_ACCOUNTS = (
    "accounts_user",
    "accounts_rolegrant",
    "accounts_invitation",
    "accounts_letter",
    "accounts_session",
    "knox_authtoken",
    "account_emailaddress",
    "account_emailconfirmation",
    "mfa_authenticator",
)
_PEOPLE = Rule(either(NO_STATE, WEB["accounts_user"].read), WEB["accounts_user"].written)
RULES: dict[str, dict[str, Rule]] = {
    "web": WEB,
    "matcher": MATCHER | {"accounts_user": _PEOPLE},
    "protection": PROTECTION | {"accounts_user": _PEOPLE},
    "auditor": AUDITOR,
}
for _login, _rules in RULES.items():
    for _name in _ACCOUNTS:
        _rules.setdefault(_name, WEB[_name])
