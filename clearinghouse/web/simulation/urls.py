"""Addresses of simulations."""

from django.urls import path

from clearinghouse.web.simulation import asking, reading

urlpatterns = [
    path("", reading.listing, name="simulations"),
    path("new/", asking.create, name="simulation-new"),
    path("quota/<uuid:quota_id>/", asking.attach, name="simulation-quota"),
    path("<uuid:simulation_id>/", reading.detail, name="simulation"),
    path("<uuid:simulation_id>/progress/", reading.progress, name="simulation-progress"),
    path("<uuid:simulation_id>/table.csv", reading.download, name="simulation-csv"),
    path("<uuid:simulation_id>/cancel/", asking.cancel, name="simulation-cancel"),
]
