"""Signs of life for load balancers and for the demo's supervisor."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@require_safe
def alive(_request: HttpRequest) -> HttpResponse:
    """Answer that the web process serves."""
    return HttpResponse("ok", content_type="text/plain")
