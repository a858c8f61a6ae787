"""Signed checkpoints of the audit trail, for everybody to keep."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clearinghouse.audit import queries
from clearinghouse.shared import signing
from clearinghouse.web.files import attachment
from clearinghouse.web.pages import paginate


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List checkpoints, newest first."""
    context = {"page": paginate(request, queries.list_checkpoints(), per_page=50)}
    return render(request, "public/checkpoints.html", context)


@require_safe
def detail(request: HttpRequest, number: int) -> HttpResponse:
    """Show what one checkpoint says."""
    row = queries.get_checkpoint(number)
    context = {
        "checkpoint": row,
        "signed": signing.open_signed(row.token, kind=queries.CHECKPOINT_KIND),
        "crumbs": [
            (_("Checkpoints"), reverse("public-checkpoints")),
            (_("Checkpoint %(number)d") % {"number": number}, ""),
        ],
    }
    return render(request, "public/checkpoint.html", context)


@require_safe
def download(request: HttpRequest, number: int) -> HttpResponse:  # noqa: ARG001 - a view
    """Send one checkpoint as a file, exactly as it was signed."""
    row = queries.get_checkpoint(number)
    return attachment(f"{row.token}\n", "application/jose", f"checkpoint-{number:08d}.jws")
