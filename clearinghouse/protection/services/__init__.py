"""Every write of the protection zone. Doors and the clock call these; no other app does."""

from clearinghouse.protection.services.claims import (
    close_referral,
    determine,
    open_referrals,
    request_check,
    seal_determinations,
    withdraw_request,
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
    "agree_to_lift",
    "ask_to_lift",
    "close_referral",
    "determine",
    "erase_person",
    "hide",
    "keep_shield",
    "open_referrals",
    "raise_shield",
    "request_check",
    "rotate_wrapping_key",
    "seal_determinations",
    "set_aside",
    "sweep_shields",
    "withdraw_request",
]
