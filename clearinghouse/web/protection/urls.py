"""Addresses of the protection body's pages."""

from django.urls import path

from clearinghouse.web.protection import documents, referrals, requests

urlpatterns = [
    path("requests/", requests.worklist, name="protection-requests"),
    path("requests/<uuid:request_id>/", requests.case, name="protection-request"),
    path("people/<uuid:worker_id>/", requests.person, name="protection-person"),
    path("documents/<uuid:evidence_id>/", documents.ask, name="protection-document"),
    path("referrals/", referrals.worklist, name="protection-referrals"),
    path("referrals/<uuid:referral_id>/", referrals.case, name="protection-referral"),
]
