"""Addresses of the portal, one module per audience."""

from django.urls import include, path

from clearinghouse.web.protection.documents import hand_out

urlpatterns = [
    path("", include("clearinghouse.web.public.urls")),
    path("", include("clearinghouse.web.home.urls")),
    path("worker/", include("clearinghouse.web.worker.urls")),
    path("helper/", include("clearinghouse.web.helper.urls")),
    path("state/", include("clearinghouse.web.state.urls")),
    path("protection/", include("clearinghouse.web.protection.urls")),
    path("documents/<str:token>/", hand_out, name="document"),
    path("operations/", include("clearinghouse.web.operations.urls")),
    path("simulations/", include("clearinghouse.web.simulation.urls")),
    path("administration/", include("clearinghouse.web.administration.urls")),
]
