"""Sensitive acts: the one table of what asks for the second factor again.

A page is named by its url name, with the words of its address where one page serves several acts;
an operation of the API by its url name. A star stands for any ending. Reading is free unless
`on_opening` says that already the page shows a secret or begins a set-up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

# Where a program puts the code that its holder reads from the authenticator app.
HEADER = "X-One-Time-Code"
READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its url name (a star for any ending) and words of its address."""

    name: str
    words: tuple[tuple[str, str], ...] = ()
    on_opening: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """One sensitive act: its name, its pages and its operations."""

    name: str
    pages: tuple[Page, ...]
    operations: tuple[str, ...] = ()


def _quota(move: str) -> tuple[Page, ...]:
    return (Page("state-quota-move", (("move", move),)),)


ACTS: tuple[Act, ...] = (
    Act("approve_quota", _quota("approve"), ("api-quota-approve",)),
    Act("publish_quota", _quota("publish"), ("api-quota-publish",)),
    Act("certify_round", (Page("operations-round-certify"),), ("api-round-certify",)),
    Act(
        "release_round",
        (Page("operations-round-step", (("step", "release"),)),),
        ("api-round-release",),
    ),
    Act("void_round", (Page("operations-round-void"),), ("api-round-void",)),
    Act("discharge_round", (Page("operations-round-discharge"),), ("api-round-discharge",)),
    Act("reveal_secret", (Page("operations-round-reveal"),), ("api-round-reveal",)),
    Act("determine_protection", (Page("protection-request"), Page("protection-person"))),
    Act("lift_shield", (Page("*-shield-lift"), Page("protection-shield"))),
    Act("read_evidence", (Page("protection-document", on_opening=True),)),
    Act(
        "export",
        (
            Page("state-export-new"),
            Page("state-export-move"),
            Page("state-export-file", on_opening=True),
        ),
    ),
    Act("invite_person", (Page("admin-invite"),)),
    Act("grant_role", (Page("admin-add-role"),)),
    Act("end_role", (Page("admin-end-role"),)),
    Act("open_or_close_account", (Page("admin-account"),)),
    Act("move_official", (Page("admin-move"),)),
    Act("issue_token", (Page("account-tokens"),)),
    Act(
        "change_second_factor",
        (
            Page("mfa_activate_totp", on_opening=True),
            Page("mfa_deactivate_totp"),
            Page("mfa_add_webauthn", on_opening=True),
            Page("mfa_edit_webauthn"),
            Page("mfa_remove_webauthn"),
            Page("mfa_generate_recovery_codes"),
        ),
    ),
    Act(
        "read_recovery_codes",
        (
            Page("mfa_view_recovery_codes", on_opening=True),
            Page("mfa_download_recovery_codes", on_opening=True),
        ),
    ),
    Act("change_password", (Page("account_change_password"), Page("account_set_password"))),
    Act("change_address", (Page("account_email"),)),
)


def act_of_page(name: str, words: Mapping[str, Any], method: str) -> Act | None:
    """Return the sensitive act that a request to a page is, if it is one."""
    for act in ACTS:
        for page in act.pages:
            if not fnmatchcase(name, page.name) or (method in READING and not page.on_opening):
                continue
            if all(str(words.get(key)) == word for key, word in page.words):
                return act
    return None


def act_of_operation(name: str, method: str) -> Act | None:
    """Return the sensitive act that a call of the API is, if it is one."""
    if method in READING:
        return None
    return next((act for act in ACTS if name in act.operations), None)
