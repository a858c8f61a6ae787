"""Officials: who they are, which roles they hold and held."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import queries as accounts
from accounts.enums import Role
from clearinghouse.registry import permissions, services
from clearinghouse.registry import queries as registry
from clearinghouse.registry.enums import OFFICES
from clearinghouse.shared import clock
from clearinghouse.shared.errors import DomainError, NotFound
from clearinghouse.web.administration.forms import MoveForm, RoleForm, role_choices
from clearinghouse.web.administration.frame import administrators_only, crumbs_to, framed
from clearinghouse.web.guard import SignedInRequest
from clearinghouse.web.pages import apply_errors, paginate, sort

_SORTS = {"name": "display_name", "email": "email", "since": "created_at"}


@require_safe
@administrators_only
def people(request: SignedInRequest) -> HttpResponse:
    """List officials with search, role, order and pages."""
    role = request.GET.get("role", "")
    found = accounts.list_users(
        search=request.GET.get("q", ""), role=role if role in OFFICES else ""
    )
    page = paginate(request, sort(request, found, allowed=_SORTS, default="name"))
    offices = registry.offices_of([user.pk for user in page])
    rows = [{**_roles(user), "user": user, "office": offices.get(user.pk)} for user in page]
    filters = [
        {"name": "role", "label": _("Role"), "choices": [("", _("All roles")), *role_choices()]}
    ]
    context = framed(request, page=page, rows=rows, filters=filters)
    return render(request, "administration/people.html", context)


@require_safe
@administrators_only
def person(request: SignedInRequest, user_id: UUID) -> HttpResponse:
    """Show one official: office, present roles, history, account."""
    user = registry.get_official(user_id)
    grants = [(grant, Role(grant.role).label) for grant in accounts.list_grants(user)]
    context = framed(
        request,
        person=user,
        office=registry.officer_of(user),
        present=[row for row in grants if row[0].ended_at is None],
        past=[row for row in grants if row[0].ended_at is not None],
        has_second_factor=accounts.has_second_factor(user),
        may_change=permissions.can_change_roles_of(request.user, user),
        crumbs=_crumbs(user),
    )
    return render(request, "administration/person.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def add_role(request: SignedInRequest, user_id: UUID) -> HttpResponse:
    """Give an official one more role."""
    user = registry.get_official(user_id)
    office = registry.officer_of(user)
    initial = {"agency": office.agency.public_id, "position": office.position} if office else {}
    form = RoleForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        given = form.cleaned_data
        try:
            services.appoint(
                by=request.user,
                user=user,
                agency_id=given["agency"],
                role=given["role"],
                position=given["position"],
                now=clock.now(),
            )
        except DomainError as error:
            apply_errors(form, error)
        else:
            messages.success(request, _("The role was given."))
            return redirect("admin-person", user_id)
    context = framed(request, form=form, person=user, crumbs=_crumbs(user, _("Give a role")))
    return render(request, "administration/add_role.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def move(request: SignedInRequest, user_id: UUID) -> HttpResponse:
    """Move an official to another agency."""
    user = registry.get_official(user_id)
    form = MoveForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        given = form.cleaned_data
        try:
            services.move_official(
                by=request.user,
                user_id=user_id,
                agency_id=given["agency"],
                position=given["position"],
            )
        except DomainError as error:
            apply_errors(form, error)
        else:
            messages.success(request, _("The person works for the other agency now."))
            return redirect("admin-person", user_id)
    context = framed(
        request, form=form, person=user, crumbs=_crumbs(user, _("Move to another agency"))
    )
    return render(request, "administration/move.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def end_role(request: SignedInRequest, user_id: UUID, role: str) -> HttpResponse:
    """End a role after a confirmation."""
    user = registry.get_official(user_id)
    if role not in OFFICES:
        raise NotFound(_("There is no such role."))
    if request.method == "POST":
        services.end_role(by=request.user, user_id=user_id, role=role, now=clock.now())
        messages.success(request, _("The role has ended."))
        return redirect("admin-person", user_id)
    confirm = {
        "title": _("End the role “%(role)s”?") % {"role": Role(role).label},
        "text": _name(user),
        "consequences": [
            _("The person loses at once what this role allows."),
            _("What the person did in this role stays, and so does the record of it."),
            _("You can give the role again later."),
        ],
        "confirm_label": _("End the role"),
    }
    return _confirmation(request, user, confirm)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def account(request: SignedInRequest, user_id: UUID) -> HttpResponse:
    """Close an open account or open a closed one, after a confirmation."""
    user = registry.get_official(user_id)
    if request.method == "POST":
        active = request.POST.get("wish") == "open"
        services.set_account_active(
            by=request.user, user_id=user_id, active=active, now=clock.now()
        )
        messages.success(
            request, _("The account is open.") if active else _("The account is closed.")
        )
        return redirect("admin-person", user_id)
    return _confirmation(request, user, _closing(user) if user.is_active else _opening(user))


def _closing(user: Any) -> dict[str, Any]:
    return {
        "title": _("Close this account?"),
        "text": _name(user),
        "consequences": [
            _("The person is signed out and cannot sign in."),
            _("Tokens for programs and open invitations of this person stop working for good."),
            _("Roles and history stay. You can open the account again."),
        ],
        "confirm_label": _("Close the account"),
        "hidden": {"wish": "close"},
    }


def _opening(user: Any) -> dict[str, Any]:
    return {
        "title": _("Open this account again?"),
        "text": _name(user),
        "consequences": [_("The person can sign in again with the roles that have not ended.")],
        "confirm_label": _("Open the account"),
        "hidden": {"wish": "open"},
    }


def _confirmation(request: SignedInRequest, user: Any, confirm: dict[str, Any]) -> HttpResponse:
    context = framed(
        request,
        confirm=confirm,
        cancel_url=reverse("admin-person", args=[user.public_id]),
        danger=confirm.get("hidden", {}).get("wish") != "open",
        crumbs=_crumbs(user, confirm["title"]),
    )
    return render(request, "administration/confirm.html", context)


def _roles(user: Any) -> dict[str, list[str]]:
    """Split an official's prefetched grants into present and past; a worker's role is private."""
    shown = [grant for grant in user.role_grants.all() if grant.role in OFFICES]
    return {
        "present": [str(Role(grant.role).label) for grant in shown if grant.ended_at is None],
        "past": [str(Role(grant.role).label) for grant in shown if grant.ended_at is not None],
    }


def _name(user: Any) -> str:
    return str(user.display_name or user.email)


def _crumbs(user: Any, last: str = "") -> list[tuple[str, str]]:
    name = _name(user)
    if not last:
        return crumbs_to("admin-people", _("People"), (name, ""))
    url = reverse("admin-person", args=[user.public_id])
    return crumbs_to("admin-people", _("People"), (name, url), (last, ""))
