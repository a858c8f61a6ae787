"""Every permission of the house. What is not listed here, nobody may do."""

from enum import StrEnum


class Permission(StrEnum):
    """One act; object rules (whose row) stand in each app's `permissions.py`."""

    OWN_PROFILE = "own_profile"
    OWN_APPLICATION = "own_application"
    OWN_OFFER = "own_offer"
    CONFIRM_NOMINATION = "confirm_nomination"
    REQUEST_PROTECTION = "request_protection"
    ACT_FOR_WORKER = "act_for_worker"
    DRAFT_QUOTA = "draft_quota"
    APPROVE_QUOTA = "approve_quota"
    SEE_STATE_QUOTAS = "see_state_quotas"
    CHECK_APPLICATIONS = "check_applications"
    NOMINATE = "nominate"
    DETERMINE_PROTECTION = "determine_protection"
    OPERATE_ROUNDS = "operate_rounds"
    CERTIFY_ROUNDS = "certify_rounds"
    SEE_ROUNDS = "see_rounds"
    READ_SEALED = "read_sealed"
    COMMIT_SECRET = "commit_secret"  # noqa: S105 - a permission
    SIMULATE = "simulate"
    SEE_SYSTEM = "see_system"
    SEE_AUDIT = "see_audit"
    MANAGE_PEOPLE = "manage_people"
    USE_API = "use_api"
