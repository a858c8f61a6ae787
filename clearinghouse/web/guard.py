"""Who may open a page. Services check again; this only keeps doors shut early."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from accounts.queries import roles_of
from clearinghouse.shared.errors import Forbidden

if TYPE_CHECKING:
    from accounts.models import User

View = Callable[..., HttpResponseBase]
# Pages are read and forms are sent; whatever else arrives is refused before anybody is asked.
METHODS = ("GET", "HEAD", "POST")


class SignedInRequest(HttpRequest):
    """The type of a request behind one of these guards: somebody has signed in."""

    user: "User"


def require_role(*roles: str) -> Callable[[View], View]:
    """Let signed-in people with one of the roles in; others get the sign-in page or a refusal."""
    wanted = frozenset(map(str, roles))

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not wanted & roles_of(request.user):
                raise Forbidden(_("Your role does not allow this."))
            return view(request, *args, **kwargs)

        guarded.required_roles = wanted  # type: ignore[attr-defined]
        return _pages_only(login_required(guarded))

    return decorate


def require_signed_in(view: View) -> View:
    """Let everybody in who has signed in, whatever the role."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    guarded.signed_in = True  # type: ignore[attr-defined]
    return _pages_only(login_required(guarded))


def _pages_only(view: View) -> View:
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        return view(request, *args, **kwargs)

    return answered
