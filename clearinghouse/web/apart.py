"""Addresses that hand out foreign documents know no cookie, and may have a host of their own."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound

Next = Callable[[HttpRequest], HttpResponse]
PREFIX: Final = "/documents/"


class DocumentsApart:
    """Take the cookies from a request for a document, and let its answer set none.

    With `DOCUMENTS_HOST` the documents are at that host only, and nothing else is there.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        apart = request.path_info.startswith(PREFIX)
        host = settings.DOCUMENTS_HOST
        if host and (request.get_host() == host) != apart:
            return HttpResponseNotFound(content_type="text/plain")
        if not apart:
            return self.get_response(request)
        request.META.pop("HTTP_COOKIE", None)
        request.COOKIES = {}
        response = self.get_response(request)
        response.cookies.clear()
        return response
