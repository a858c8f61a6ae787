"""The closed lists of codes that a decision or a finding may carry."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a wish ended as it did."""

    PLACED = "placed"
    CUTOFF_NOT_MET = "cutoff_not_met"
    LOTTERY_NOT_MET = "lottery_not_met"
    NO_PLACE_FOR_GROUP = "no_place_for_group"
    PLACED_HIGHER = "placed_higher"


class Fault(StrEnum):
    """What the verifier can hold against a plan."""

    MARKET_DIGEST_WRONG = "market_digest_wrong"
    PLAN_DIGEST_WRONG = "plan_digest_wrong"
    ROWS_NOT_SORTED = "rows_not_sorted"
    CANDIDATE_UNKNOWN = "candidate_unknown"
    CANDIDATE_MISSING = "candidate_missing"
    CANDIDATE_REPEATED = "candidate_repeated"
    POSTING_NOT_WISHED = "posting_not_wished"
    SEAT_INCOMPLETE = "seat_incomplete"
    POSTING_OVERFILLED = "posting_overfilled"
    CAP_OVERFILLED = "cap_overfilled"
    SEAT_WRONG = "seat_wrong"
    PLACE_WASTED = "place_wasted"
    RESERVE_IGNORED = "reserve_ignored"
    ENVY_SAME_GROUP = "envy_same_group"
    ENVY_OPEN_PLACE = "envy_open_place"
    ENVY_REVERTED_PLACE = "envy_reverted_place"
    POSTING_UNSTABLE = "posting_unstable"
    CUTOFF_UNKNOWN = "cutoff_unknown"
    CUTOFF_MISSING = "cutoff_missing"
    CUTOFF_REPEATED = "cutoff_repeated"
    CUTOFF_WRONG = "cutoff_wrong"
    CERTIFICATE_BROKEN = "certificate_broken"
