"""Closed vocabularies of the registry."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role


class UnStatus(TextChoices):
    """Relation of a state or territory to the United Nations, as the source labels it."""

    MEMBER = "member", _("Member of the United Nations")
    OBSERVER = "observer", _("Observer state")
    SPECIAL_ADMINISTRATIVE_REGION = (
        "special_administrative_region",
        _("Special administrative region"),
    )
    NOT_A_MEMBER = "not_a_member", _("Not a member of the United Nations")


class AgencyKind(TextChoices):
    """What an agency is for."""

    DESTINATION = "destination", _("Labour migration authority of a destination")
    ORIGIN = "origin", _("Employment service of an origin")
    PROTECTION = "protection", _("International protection body")
    CLEARING_HOUSE = "clearing_house", _("Clearing house secretariat")
    OVERSIGHT = "oversight", _("Oversight body")
    SUPPORT = "support", _("Organisation that helps workers")
    EMPLOYER = "employer", _("Employer or recruiter registered with a state")


STATE_KINDS = frozenset({AgencyKind.DESTINATION, AgencyKind.ORIGIN, AgencyKind.EMPLOYER})


class Treaty(TextChoices):
    """Instruments that a state may take part in, each dated."""

    CLEARING_HOUSE = "clearing_house", _("Participation in the clearing house")
    RESPONSIBILITY_SHARING = "responsibility_sharing", _("Responsibility sharing")


class CefrLevel(TextChoices):
    """Levels of the Common European Framework of Reference for Languages."""

    A1 = "A1", "A1"
    A2 = "A2", "A2"
    B1 = "B1", "B1"
    B2 = "B2", "B2"
    C1 = "C1", "C1"
    C2 = "C2", "C2"


CEFR_RANK = {level: rank for rank, level in enumerate(CefrLevel.values, start=1)}


class Qualification(TextChoices):
    """Levels of education, ISCED 2011 grouped."""

    NONE = "0", _("No formal schooling")
    PRIMARY = "1", _("Primary school")
    LOWER_SECONDARY = "2", _("Lower secondary school")
    UPPER_SECONDARY = "3", _("Upper secondary school or apprenticeship")
    POST_SECONDARY = "4", _("Post-secondary course, not university")
    SHORT_TERTIARY = "5", _("Short higher education")
    BACHELOR = "6", _("Bachelor's degree or equal")
    MASTER = "7", _("Master's degree or equal")
    DOCTOR = "8", _("Doctorate or equal")


# Which kind of office a role belongs to; a worker belongs to none.
OFFICES: dict[str, frozenset[str]] = {
    Role.HELPER: frozenset({AgencyKind.SUPPORT}),
    Role.QUOTA_OFFICER: frozenset({AgencyKind.DESTINATION}),
    Role.APPROVER: frozenset({AgencyKind.DESTINATION}),
    Role.CASEWORKER: frozenset({AgencyKind.DESTINATION}),
    Role.ORIGIN_OFFICER: frozenset({AgencyKind.ORIGIN}),
    Role.PROTECTION_OFFICER: frozenset({AgencyKind.PROTECTION}),
    Role.OPERATOR: frozenset({AgencyKind.CLEARING_HOUSE}),
    Role.CERTIFIER: frozenset({AgencyKind.CLEARING_HOUSE, AgencyKind.OVERSIGHT}),
    Role.AUDITOR: frozenset({AgencyKind.OVERSIGHT}),
    Role.OMBUDSPERSON: frozenset({AgencyKind.OVERSIGHT}),
    Role.ADMINISTRATOR: frozenset({AgencyKind.CLEARING_HOUSE}),
    Role.EMPLOYER: frozenset({AgencyKind.EMPLOYER}),
}
