"""Entrances: the portal, the API, sign-in."""

from django.urls import include, path
from django.views.i18n import set_language

handler400 = "clearinghouse.api.failures.bad_request"
handler500 = "clearinghouse.api.failures.server_error"

urlpatterns = [
    path("account/", include("allauth.urls")),
    path("language/", set_language, name="set_language"),
    path("api/v1/", include("clearinghouse.api.urls")),
    path("", include("clearinghouse.web.urls")),
]
