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
from clearinghouse.protection.services.keyring import rotate_wrapping_key
from clearinghouse.protection.services.shields import raise_shield

__all__ = [
    "Document",
    "add_evidence",
    "close_referral",
    "determine",
    "open_referrals",
    "raise_shield",
    "read_evidence",
    "remove_evidence",
    "request_check",
    "rotate_wrapping_key",
    "seal_determinations",
    "withdraw_request",
]
