"""The answer at every address of the API that does not exist."""

from typing import Any

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clearinghouse.api.permissions import Public


class Missing(APIView):
    """Say so as a problem body, not as a page."""

    permission_classes = (Public,)
    schema = None

    def get(self, _request: Request, **_where: Any) -> Response:
        """Answer 404, for whatever method."""
        raise Http404

    post = put = patch = delete = get
