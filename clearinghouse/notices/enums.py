"""Closed vocabularies of notices."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """What a message is about; subjects say no more than this. Protected people get the same."""

    APPLICATION_RECEIVED = "application_received", _("Your application has arrived")
    APPLICATION_CHECKED = "application_checked", _("Your application has been checked")
    NOMINATED = "nominated", _("A state has put your name forward")
    RESULT_READY = "result_ready", _("Your result is ready")
    OFFER_REMINDER = "offer_reminder", _("Please answer your offer")
    OFFER_LAPSED = "offer_lapsed", _("Your offer has lapsed")
    OFFER_IMPROVED = "offer_improved", _("You have a better offer")
    DETERMINATION_READY = "determination_ready", _("News about your case")
    QUOTA_TO_APPROVE = "quota_to_approve", _("A quota waits for your decision")
    QUOTA_DECIDED = "quota_decided", _("Your quota has been decided")
    ROUND_TO_CERTIFY = "round_to_certify", _("A round waits for certification")
    RUN_FAILED = "run_failed", _("A run of the matcher has failed")
    INVITATION = "invitation", _("You are invited to the clearing house")


class Task(StrEnum):
    """Names of the tasks of this app."""

    SEND = "notices.send"
    LETTERS = "notices.letters"
