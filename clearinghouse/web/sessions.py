"""Keeps a session going while its person uses it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.enums import OFFICIAL_ROLES
from accounts.queries import roles_of
from accounts.sessions import IDLE_OFFICIAL, IDLE_OTHER, family_of

Next = Callable[[HttpRequest], HttpResponse]


class SessionsInUse:
    """Note that a session is in use: fifteen minutes more for officials, an hour for others.

    A page that asks again by itself is no use: the person may have gone.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session = request.session
        session.browser = family_of(request.headers.get("User-Agent", ""))  # type: ignore[attr-defined]
        by_hand = "X-Requested-With" not in request.headers
        if request.user.is_authenticated and by_hand and session.is_due():  # type: ignore[attr-defined]
            official = roles_of(request.user) & OFFICIAL_ROLES
            idle = IDLE_OFFICIAL if official else IDLE_OTHER
            session.note_use(idle=idle)  # type: ignore[attr-defined]
        return self.get_response(request)
