"""Addresses of the protection body's pages."""

from django.urls import path

from clearinghouse.web.protection import referrals, requests, shields

urlpatterns = [
    path("requests/", requests.worklist, name="protection-requests"),
    path("requests/<uuid:request_id>/", requests.case, name="protection-request"),
    path("people/<uuid:worker_id>/", requests.person, name="protection-person"),
    path("hidden/", shields.lifts, name="protection-shields"),
    path("hidden/<uuid:shield_id>/", shields.decide, name="protection-shield"),
    path("set-aside/", shields.set_aside, name="protection-set-aside"),
    path("referrals/", referrals.worklist, name="protection-referrals"),
    path("referrals/<uuid:referral_id>/", referrals.case, name="protection-referral"),
]
