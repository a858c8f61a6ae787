"""Who is hidden from whom, as far as applications know it: by opaque tokens."""

from django.db.models import F

from clearinghouse.applications.models import Application, Wish


def count_wrong_shields() -> int:
    """Count the applications and wishes that are not hidden from whom their person is hidden."""
    applications = Application.objects.exclude(shield=F("worker__shield"))
    wishes = Wish.objects.exclude(
        shield=F("application__worker__shield"),
        worker=F("application__worker"),
        state=F("quota__state"),
    )
    return applications.count() + wishes.count()
