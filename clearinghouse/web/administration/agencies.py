"""Agencies: the offices that officials act for."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clearinghouse.registry import queries as registry
from clearinghouse.registry import services
from clearinghouse.registry.enums import AgencyKind
from clearinghouse.shared.errors import DomainError
from clearinghouse.web.administration.forms import AgencyForm
from clearinghouse.web.administration.frame import administrators_only, crumbs_to, framed
from clearinghouse.web.guard import SignedInRequest
from clearinghouse.web.pages import apply_errors, paginate


@require_safe
@administrators_only
def agencies(request: SignedInRequest) -> HttpResponse:
    """List agencies with search, kind, order and pages."""
    kind = request.GET.get("kind", "")
    found = registry.list_agencies(
        search=request.GET.get("q", ""),
        kind=kind if kind in AgencyKind.values else "",
        order=request.GET.get("sort", "name"),
    )
    kinds = [("", _("All kinds")), *AgencyKind.choices]
    filters = [{"name": "kind", "label": _("Kind"), "choices": kinds}]
    context = framed(request, page=paginate(request, found), filters=filters)
    return render(request, "administration/agencies.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def create(request: SignedInRequest) -> HttpResponse:
    """Create an agency."""
    form = AgencyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        given = form.cleaned_data
        try:
            services.create_agency(
                by=request.user,
                name=given["name"],
                kind=given["kind"],
                state=registry.get_state(given["state"]) if given["state"] else None,
            )
        except DomainError as error:
            apply_errors(form, error)
        else:
            messages.success(request, _("The agency was created."))
            return redirect("admin-agencies")
    crumbs = crumbs_to("admin-agencies", _("Agencies"), (_("Create an agency"), ""))
    return render(
        request, "administration/create_agency.html", framed(request, form=form, crumbs=crumbs)
    )
