"""Every write of the protection zone. Doors and the clock call these; no other app does."""

from clearinghouse.protection.services.claims import (
    close_referral,
    determine,
    open_referrals,
    request_check,
    seal_determinations,
    withdraw_request,
)
from clearinghouse.protection.services.keyring import rotate_wrapping_key
from clearinghouse.protection.services.shields import raise_shield

__all__ = [
    "close_referral",
    "determine",
    "open_referrals",
    "raise_shield",
    "request_check",
    "rotate_wrapping_key",
    "seal_determinations",
    "withdraw_request",
]
