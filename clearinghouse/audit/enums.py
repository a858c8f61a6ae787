"""Every auditable act."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Verb(TextChoices):
    """What was done; the label completes the sentence 'somebody ...'."""

    PERSON_INVITED = "person_invited", _("invited a person")
    INVITATION_WITHDRAWN = "invitation_withdrawn", _("withdrew an invitation")
    INVITATION_ACCEPTED = "invitation_accepted", _("accepted an invitation")
    ROLE_GRANTED = "role_granted", _("granted a role")
    ROLE_ENDED = "role_ended", _("ended a role")
    ACCOUNT_CLOSED = "account_closed", _("closed an account")
    ACCOUNT_OPENED = "account_opened", _("reopened an account")
    TOKEN_ISSUED = "token_issued", _("issued an API token")
    TOKEN_WITHDRAWN = "token_withdrawn", _("withdrew an API token")
    AGENCY_CREATED = "agency_created", _("created an agency")
    PARTICIPATION_RECORDED = (
        "participation_recorded",
        _("recorded the participation of a state"),
    )
    REFERENCE_LOADED = "reference_loaded", _("loaded reference data")
    QUOTA_DRAFTED = "quota_drafted", _("drafted a quota")
    QUOTA_EDITED = "quota_edited", _("edited a quota")
    QUOTA_DELETED = "quota_deleted", _("deleted a draft quota")
    QUOTA_SUBMITTED = "quota_submitted", _("submitted a quota for approval")
    QUOTA_RETURNED = "quota_returned", _("returned a quota to its author")
    QUOTA_APPROVED = "quota_approved", _("approved a quota")
    QUOTA_PUBLISHED = "quota_published", _("published a quota")
    QUOTA_OPENED = "quota_opened", _("opened a quota for applications")
    QUOTA_CLOSED = "quota_closed", _("closed a quota")
    QUOTA_WITHDRAWN = "quota_withdrawn", _("withdrew a quota")
    RESERVES_ROUNDED = "reserves_rounded", _("rounded the reserve of a state")
    PLACES_COUNTED = "places_counted", _("recounted the places taken")
    PROFILE_CREATED = "profile_created", _("created a profile")
    PROFILE_EDITED = "profile_edited", _("edited a profile")
    MANDATE_GIVEN = "mandate_given", _("gave a mandate to a helper")
    MANDATE_ENDED = "mandate_ended", _("ended a mandate")
    PROTECTION_REQUESTED = "protection_requested", _("asked for a protection check")
    PROTECTION_WITHDRAWN = "protection_withdrawn", _("withdrew a request for a protection check")
    DETERMINATION_MADE = "determination_made", _("made a determination of protected status")
    REFERRAL_OPENED = "referral_opened", _("opened a protection referral")
    REFERRAL_CLOSED = "referral_closed", _("closed a protection referral")
    APPLICATION_STARTED = "application_started", _("started an application")
    WISHES_CHANGED = "wishes_changed", _("changed wishes")
    APPLICATION_SUBMITTED = "application_submitted", _("submitted an application")
    APPLICATION_WITHDRAWN = "application_withdrawn", _("withdrew an application")
    APPLICATION_VERIFIED = "application_verified", _("decided whether a worker is eligible")
    APPLICATION_POOLED = "application_pooled", _("admitted an application to the pool")
    APPLICATION_LOCKED = "application_locked", _("locked applications for a round")
    APPLICATION_SETTLED = "application_settled", _("recorded the results of applications")
    WORKER_NOMINATED = "worker_nominated", _("nominated a worker")
    NOMINATIONS_IMPORTED = "nominations_imported", _("imported nominations")
    NOMINATION_CONFIRMED = "nomination_confirmed", _("confirmed a nomination")
    NOMINATION_DECLINED = "nomination_declined", _("declined a nomination")
    NOMINATION_WITHDRAWN = "nomination_withdrawn", _("withdrew a nomination")
    ROUND_PLANNED = "round_planned", _("planned a round")
    ROUND_OPENED = "round_opened", _("opened a round")
    SECRET_COMMITTED = "secret_committed", _("committed to a secret for the draw")
    SECRET_REVEALED = "secret_revealed", _("revealed a secret for the draw")
    ROUND_SEALED = "round_sealed", _("sealed the input of a round")
    ROUND_DRAWN = "round_drawn", _("drew the seed of a round")
    RUN_REQUESTED = "run_requested", _("asked for a run of the matcher")
    RUN_CLAIMED = "run_claimed", _("started a run of the matcher")
    RUN_FINISHED = "run_finished", _("finished a run of the matcher")
    ROUND_VERIFIED = "round_verified", _("verified the plan of a round")
    ROUND_CERTIFIED = "round_certified", _("certified a round")
    ROUND_RELEASED = "round_released", _("released the results of a round")
    ROUND_VOIDED = "round_voided", _("voided a round")
    OFFERS_CREATED = "offers_created", _("created offers")
    OFFER_ACCEPTED = "offer_accepted", _("accepted an offer")
    OFFER_DECLINED = "offer_declined", _("declined an offer")
    OFFER_LAPSED = "offer_lapsed", _("let an offer lapse")
    OFFER_IMPROVED = "offer_improved", _("replaced an offer by a better one")
    SIMULATION_REQUESTED = "simulation_requested", _("asked for a simulation")
    SIMULATION_CANCELLED = "simulation_cancelled", _("cancelled a simulation")
    PLACES_REFILLED = "places_refilled", _("refilled freed places")
    SHIELD_RAISED = "shield_raised", _("hid a person from a state")
    SHIELD_LIFT_ASKED = "shield_lift_asked", _("asked to end the hiding from a state")
    SHIELD_LIFT_AGREED = "shield_lift_agreed", _("agreed to end the hiding from a state")
    SHIELD_LIFT_CANCELLED = "shield_lift_cancelled", _("kept the hiding from a state")
    SHIELD_LIFTED = "shield_lifted", _("ended the hiding from a state")
    NOMINATION_SET_ASIDE = "nomination_set_aside", _("set a nomination aside")
    EVIDENCE_ADDED = "evidence_added", _("added evidence to a claim")
    EVIDENCE_READ = "evidence_read", _("read the evidence of a claim")
    EVIDENCE_REMOVED = "evidence_removed", _("removed evidence from a claim")
    PERSON_ERASED = "person_erased", _("erased what the protection zone knew of a person")
    KEY_ROTATED = "key_rotated", _("wrapped keys of persons anew")
    CHECKPOINT_SIGNED = "checkpoint_signed", _("signed a checkpoint of the audit trail")
    EXPORT_REQUESTED = "export_requested", _("asked for an export")
    EXPORT_APPROVED = "export_approved", _("approved an export of another person")
    EXPORT_CANCELLED = "export_cancelled", _("cancelled an export")
    EXPORT_FETCHED = "export_fetched", _("downloaded an export")
    STATISTICS_RELEASED = "statistics_released", _("released statistics")
    SESSION_ENDED = "session_ended", _("ended sessions")
    FACTOR_ADDED = "factor_added", _("added a second factor")
    FACTOR_REMOVED = "factor_removed", _("removed a second factor")
    OFFICER_MOVED = "officer_moved", _("moved an official to another office")


class Change(TextChoices):
    """What happened to a row: the words of the triggers."""

    INSERT = "I", "insert"
    UPDATE = "U", "update"
    DELETE = "D", "delete"
    TRUNCATE = "T", "truncate"
    BASELINE = "B", "found"


class Source(TextChoices):
    """Where a link of the chain finds its entry."""

    EVENT = "e", "audit_event"
    ROW = "r", "audit_rowchange"
    READING = "v", "audit_reading"


class Purpose(TextChoices):
    """Why somebody looked at the record of a person, in words for that person."""

    HELP = "help", _("to help you")
    PROTECTION = "protection", _("to look at your request for protection")
    MINOR = "minor", _("to look after you as a minor")
    CHECK = "check", _("to check your application, without your name")
    EXPORT = "export", _("to make an export")
    OVERSIGHT = "oversight", _("to hold the house to account")


class Task(StrEnum):
    """Names of the tasks of this app."""

    CHAIN = "audit.chain"
    CHECKPOINT = "audit.checkpoint"
    VERIFY = "audit.verify"
