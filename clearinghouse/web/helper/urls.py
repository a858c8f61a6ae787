"""Addresses of the helper's pages: the people, and the worker's own views for each of them."""

from django.urls import path

from accounts.enums import Role
from clearinghouse.web.guard import require_role
from clearinghouse.web.helper import people
from clearinghouse.web.worker import (
    application,
    explanations,
    offers,
    postings,
    profile,
    proofs,
    protection,
    shields,
    submission,
)

helping = require_role(Role.HELPER)

urlpatterns = [
    path("people/", helping(people.listing), name="helper-people"),
    path("people/add/", helping(people.add), name="helper-person-add"),
    path("people/<uuid:worker_id>/", helping(people.detail), name="helper-person"),
    path("people/<uuid:worker_id>/end/", helping(people.end_mandate), name="helper-mandate-end"),
    path(
        "people/<uuid:worker_id>/renew/", helping(people.renew_mandate), name="helper-mandate-renew"
    ),
    path("people/<uuid:worker_id>/profile/", helping(profile.overview), name="helper-profile"),
    path(
        "people/<uuid:worker_id>/profile/<slug:step>/",
        helping(profile.edit),
        name="helper-profile-step",
    ),
    path("people/<uuid:worker_id>/postings/", helping(postings.listing), name="helper-postings"),
    path(
        "people/<uuid:worker_id>/postings/<uuid:quota_id>/",
        helping(postings.detail),
        name="helper-posting",
    ),
    path(
        "people/<uuid:worker_id>/postings/<uuid:quota_id>/add/",
        helping(application.add),
        name="helper-wish-add",
    ),
    path(
        "people/<uuid:worker_id>/application/",
        helping(application.wishes),
        name="helper-application",
    ),
    path(
        "people/<uuid:worker_id>/application/start/",
        helping(people.start),
        name="helper-application-start",
    ),
    path(
        "people/<uuid:worker_id>/application/order/",
        helping(application.reorder),
        name="helper-application-order",
    ),
    path(
        "people/<uuid:worker_id>/application/submit/",
        helping(submission.submit),
        name="helper-application-submit",
    ),
    path(
        "people/<uuid:worker_id>/application/withdraw/",
        helping(submission.withdraw),
        name="helper-application-withdraw",
    ),
    path(
        "people/<uuid:worker_id>/application/<uuid:application_id>/receipt/",
        helping(submission.receipt),
        name="helper-application-receipt",
    ),
    path(
        "people/<uuid:worker_id>/result/<int:number>/proof/",
        helping(proofs.own),
        name="helper-proof",
    ),
    path("people/<uuid:worker_id>/result/", helping(offers.result), name="helper-offers"),
    path(
        "people/<uuid:worker_id>/result/<int:number>/signed/",
        helping(explanations.signed),
        name="helper-result-signed",
    ),
    path(
        "people/<uuid:worker_id>/result/<int:number>/paper/",
        helping(explanations.paper),
        name="helper-result-paper",
    ),
    path(
        "people/<uuid:worker_id>/result/<uuid:offer_id>/accept/",
        helping(offers.accept),
        name="helper-offer-accept",
    ),
    path(
        "people/<uuid:worker_id>/result/<uuid:offer_id>/decline/",
        helping(offers.decline),
        name="helper-offer-decline",
    ),
    path("people/<uuid:worker_id>/protection/", helping(protection.own), name="helper-protection"),
    path(
        "people/<uuid:worker_id>/protection/ask/",
        helping(protection.ask),
        name="helper-protection-ask",
    ),
    path(
        "people/<uuid:worker_id>/protection/withdraw/",
        helping(protection.withdraw),
        name="helper-protection-withdraw",
    ),
    path(
        "people/<uuid:worker_id>/protection/hide/", helping(shields.hide), name="helper-shield-hide"
    ),
    path(
        "people/<uuid:worker_id>/protection/hidden/<uuid:shield_id>/end/",
        helping(shields.lift),
        name="helper-shield-lift",
    ),
    path(
        "people/<uuid:worker_id>/protection/hidden/<uuid:shield_id>/keep/",
        helping(shields.keep),
        name="helper-shield-keep",
    ),
]
