"""How numbers are published, in words; and each release as a file."""

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clearinghouse.matching import queries
from clearinghouse.shared.errors import NotFound
from clearinghouse.statistics.enums import Kind, Precision
from clearinghouse.statistics.queries import cells_of, list_releases
from clearinghouse.web.files import CSV, attachment, csv_text

HEADER = ("release", "released_at", "reason", "number", "of", "value", "status", "since")


@require_safe
def explained(request: HttpRequest) -> HttpResponse:
    """Explain rounding, small numbers and releases, with a dictionary of every column."""
    context = {
        "smallest": settings.SMALLEST_PUBLIC_CELL,
        "step": settings.PUBLIC_NUMBERS_STEP,
        "days": settings.PUBLIC_NUMBERS_DAYS,
        "statuses": [(word.value, word.label) for word in Precision],
        "names": _names(),
        "columns": _columns(),
    }
    return render(request, "public/numbers.html", context)


@require_safe
def download(request: HttpRequest, number: int) -> HttpResponse:
    """Send every release of a round's numbers as CSV, each with its status."""
    round_ = queries.get_round(request.user, number)
    rows = list(_lines(round_.number))
    if not rows:
        raise NotFound(_("There is no such round."))
    return attachment(csv_text([HEADER, *rows]), CSV, f"round-{number}-numbers.csv")


def _lines(number: int) -> Iterator[list[object]]:
    for release in list_releases(Kind.ROUND, number):
        about = [release.number, release.made_at.isoformat(), release.reason]
        for name, shown in cells_of(release).items():
            what, _colon, of = name.partition(":")
            value = "" if shown.value is None else shown.value
            yield [*about, what, of, value, shown.precision.value, shown.since]


def _names() -> list[tuple[str, str]]:
    return [
        ("applicants", _("People whose lists were sealed")),
        ("people_placed", _("People who got a place")),
        ("protected_placed", _("Protected people who got a place, open or reserved")),
        ("reserved_filled", _("Reserved places that protected people hold")),
        ("filled", _("The same for one state")),
        ("seats", _("Places of one posting that were given, to anybody")),
        ("declined", _("Reserved places that a protected person gave back")),
        ("placed_higher", _("Reserved places whose protected person got another place")),
        ("failed_checks", _("Reserved places whose protected person was not found eligible")),
        ("no_eligible", _("Reserved places for which there was nobody")),
    ]


def _columns() -> list[tuple[str, str]]:
    return [
        ("release", _("Number of the release; an earlier one is never changed")),
        ("released_at", _("When it was made")),
        ("reason", _("Why there is another release; empty for the first one")),
        ("number", _("What is counted")),
        ("of", _("The state or posting; empty for the whole round")),
        ("value", _("The number as published; empty if its status says so")),
        ("status", _("How exact the number is")),
        ("since", _("The release from which the number is repeated")),
    ]
