"""Every write of the protection zone. Doors and the clock call these; no other app does."""

from clearinghouse.protection.services.claims import (
    close_referral,
    determine,
    open_referrals,
    request_check,
    seal_determinations,
    withdraw_request,
)
from clearinghouse.protection.services.documents import (
    Document,
    add_evidence,
    read_evidence,
    remove_evidence,
)
from clearinghouse.protection.services.keyring import erase_person, rotate_wrapping_key
from clearinghouse.protection.services.setting_aside import set_aside
from clearinghouse.protection.services.shields import (
    agree_to_lift,
    ask_to_lift,
    hide,
    keep_shield,
    raise_shield,
    sweep_shields,
)

__all__ = [
    "Document",
    "add_evidence",
    "agree_to_lift",
    "ask_to_lift",
    "close_referral",
    "determine",
    "erase_person",
    "hide",
    "keep_shield",
    "open_referrals",
    "raise_shield",
    "read_evidence",
    "remove_evidence",
    "request_check",
    "rotate_wrapping_key",
    "seal_determinations",
    "set_aside",
    "sweep_shields",
    "withdraw_request",
]
