"""Answers outside of any view: problem bodies to programs, pages to people."""

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from django.views import defaults

from clearinghouse.api.errors import CONTENT_TYPE


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer 400 to what could not be read."""
    if _is_program(request):
        return _problem(400, _("We could not read this request"), code="bad_request")
    return defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Answer 500 to what nobody expected, without a word about what it was."""
    if _is_program(request):
        return _problem(500, _("Something went wrong on our side"), code="error")
    return defaults.server_error(request)


def _is_program(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def _problem(status: int, title: str, *, code: str) -> JsonResponse:
    body = {"type": "about:blank", "title": title, "status": status, "code": code}
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE)
