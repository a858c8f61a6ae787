"""Addresses of the worker's pages; the helper's door uses the same views with a worker's id."""

from django.urls import path

from accounts.enums import Role
from clearinghouse.web.guard import require_role
from clearinghouse.web.worker import (
    application,
    explanations,
    nominations,
    offers,
    postings,
    profile,
    proofs,
    protection,
    shields,
    submission,
)

mine = require_role(Role.WORKER)

urlpatterns = [
    path("profile/", mine(profile.overview), name="worker-profile"),
    path("profile/<slug:step>/", mine(profile.edit), name="worker-profile-step"),
    path("minor/", mine(profile.minor), name="worker-minor"),
    path("postings/", mine(postings.listing), name="worker-postings"),
    path("postings/<uuid:quota_id>/", mine(postings.detail), name="worker-posting"),
    path("postings/<uuid:quota_id>/add/", mine(application.add), name="worker-wish-add"),
    path("application/", mine(application.wishes), name="worker-application"),
    path("application/order/", mine(application.reorder), name="worker-application-order"),
    path("application/submit/", mine(submission.submit), name="worker-application-submit"),
    path("application/withdraw/", mine(submission.withdraw), name="worker-application-withdraw"),
    path(
        "application/<uuid:application_id>/receipt/",
        mine(submission.receipt),
        name="worker-application-receipt",
    ),
    path("nominations/", mine(nominations.waiting), name="worker-nominations"),
    path(
        "nominations/<uuid:nomination_id>/confirm/",
        mine(nominations.confirm),
        name="worker-nomination-confirm",
    ),
    path(
        "nominations/<uuid:nomination_id>/not-me/",
        mine(nominations.decline),
        name="worker-nomination-decline",
    ),
    path("result/<int:number>/proof/", mine(proofs.own), name="worker-proof"),
    path("result/", mine(offers.result), name="worker-offers"),
    path("result/<int:number>/signed/", mine(explanations.signed), name="worker-result-signed"),
    path("result/<int:number>/paper/", mine(explanations.paper), name="worker-result-paper"),
    path("result/<uuid:offer_id>/accept/", mine(offers.accept), name="worker-offer-accept"),
    path("result/<uuid:offer_id>/decline/", mine(offers.decline), name="worker-offer-decline"),
    path("protection/", mine(protection.own), name="worker-protection"),
    path("protection/ask/", mine(protection.ask), name="worker-protection-ask"),
    path("protection/withdraw/", mine(protection.withdraw), name="worker-protection-withdraw"),
    path("protection/hide/", mine(shields.hide), name="worker-shield-hide"),
    path(
        "protection/hidden/<uuid:shield_id>/end/",
        mine(shields.lift),
        name="worker-shield-lift",
    ),
    path(
        "protection/hidden/<uuid:shield_id>/keep/",
        mine(shields.keep),
        name="worker-shield-keep",
    ),
]
