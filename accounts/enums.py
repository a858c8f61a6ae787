"""Closed vocabularies of accounts."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What a person does here; a person may hold several that do not exclude each other."""

    WORKER = "worker", _("Worker")
    HELPER = "helper", _("Helper of workers")
    QUOTA_OFFICER = "quota_officer", _("Quota officer")
    APPROVER = "approver", _("Approver")
    CASEWORKER = "caseworker", _("Caseworker")
    ORIGIN_OFFICER = "origin_officer", _("Origin officer")
    PROTECTION_OFFICER = "protection_officer", _("Protection officer")
    OPERATOR = "operator", _("Operator")
    CERTIFIER = "certifier", _("Certifier")
    AUDITOR = "auditor", _("Auditor")
    OMBUDSPERSON = "ombudsperson", _("Ombudsperson")
    ADMINISTRATOR = "administrator", _("Administrator")
    EMPLOYER = "employer", _("Employer or recruiter")


OFFICIAL_ROLES = frozenset(Role) - {Role.WORKER, Role.HELPER}
DESTINATION_ROLES = frozenset({Role.QUOTA_OFFICER, Role.APPROVER, Role.CASEWORKER})
STATE_ROLES = DESTINATION_ROLES | {Role.ORIGIN_OFFICER}


def _pairs(role: Role, *others: Role) -> set[tuple[str, str]]:
    return {(min(role, other), max(role, other)) for other in others}


# Separation of duties (mission D11; workflow page, incompatible pairs). The database holds a copy.
INCOMPATIBLE_PAIRS = frozenset(
    _pairs(Role.CASEWORKER, Role.APPROVER)
    | _pairs(Role.OPERATOR, Role.CERTIFIER, *STATE_ROLES, Role.PROTECTION_OFFICER)
    | _pairs(Role.CERTIFIER, *STATE_ROLES, Role.PROTECTION_OFFICER)
    | _pairs(Role.PROTECTION_OFFICER, *STATE_ROLES, Role.HELPER)
    | _pairs(
        Role.ADMINISTRATOR,
        *STATE_ROLES,
        Role.PROTECTION_OFFICER,
        Role.HELPER,
        Role.OPERATOR,
        Role.CERTIFIER,
    )
    | _pairs(Role.AUDITOR, *(set(Role) - {Role.AUDITOR}))
    | _pairs(Role.OMBUDSPERSON, *(set(Role) - {Role.OMBUDSPERSON}))
    | _pairs(Role.EMPLOYER, *(set(Role) - {Role.EMPLOYER}))
    | _pairs(Role.WORKER, *(OFFICIAL_ROLES - {Role.AUDITOR}))
)


class Language(TextChoices):
    """Languages of the portal, each in its own script."""

    ARABIC = "ar", "العربية"
    ENGLISH = "en", "English"
    FRENCH = "fr", "Français"
    SPANISH = "es", "Español"


class LetterKind(TextChoices):
    """What a mail about an account is for; no page shows these words."""

    CONFIRM = "confirm", "confirm"
    KNOWN = "known", "known"
    NEW_PASSWORD = "new_password", "new password"
