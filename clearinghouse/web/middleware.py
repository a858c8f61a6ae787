"""What happens around every page."""

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from clearinghouse.shared.errors import Conflict, DomainError, Forbidden, NotFound

Next = Callable[[HttpRequest], HttpResponse]


class NoStoreForSignedIn:
    """Keep pages of signed-in people out of every cache."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class NoNulCharacters:
    """Refuse requests with NUL characters, which no text in the database can hold."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _has_nul(request):
            raise BadRequest("NUL character")
        return self.get_response(request)


class PersonalSettings:
    """Use the language chosen in this browser, else the account's; and the account's time zone."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = request.user.language
        try:
            zone = ZoneInfo(request.user.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            zone = ZoneInfo("UTC")
        with timezone.override(zone):
            return self.get_response(request)


class DomainErrors:
    """Turn a refusal that no view caught into a page with the sentence and a way on."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer 404 for hidden or absent, 403 for forbidden, 409 for conflicts, 400 else.

        Answer 503 should a page need the queue while it is away; none of ours does.
        """
        if isinstance(error, RedisError):
            return _closed_for_a_moment(request)
        if not isinstance(error, DomainError):
            return None
        if isinstance(error, NotFound):
            return render(request, "404.html", status=404)
        status = (
            403 if isinstance(error, Forbidden) else 409 if isinstance(error, Conflict) else 400
        )
        return render(request, "errors/refused.html", {"error": error}, status=status)


def _closed_for_a_moment(request: HttpRequest) -> HttpResponse:
    error = Conflict(_("This is closed for a moment. Please try again soon."), code="away")
    response = render(request, "errors/refused.html", {"error": error}, status=503)
    response.headers["Retry-After"] = "10"
    return response


def _has_nul(request: HttpRequest) -> bool:
    texts = [request.path_info, request.META.get("QUERY_STRING", "").replace("%00", "\0")]
    texts += request.COOKIES.values()
    if request.content_type == "application/x-www-form-urlencoded":
        texts += [text for name, values in request.POST.lists() for text in (name, *values)]
    return any("\0" in text for text in texts)
