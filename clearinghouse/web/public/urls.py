"""Addresses for everybody."""

from django.urls import path

from clearinghouse.web.public import (
    checkpoints,
    explanations,
    front,
    health,
    numbers,
    quotas,
    results,
    rounds,
)

urlpatterns = [
    path("", front.home, name="home"),
    path("healthz", health.alive, name="healthz"),
    path("quotas/", quotas.listing, name="public-quotas"),
    path("quotas/<uuid:quota_id>/", quotas.detail, name="public-quota"),
    path("results/", results.listing, name="public-results"),
    path("results/<int:number>/", results.detail, name="public-result"),
    path("results/<int:number>/numbers.csv", numbers.download, name="public-numbers-csv"),
    path("numbers/", numbers.explained, name="public-numbers"),
    path("rounds/<int:number>/", rounds.detail, name="public-round"),
    path("rounds/<int:number>/rules.json", rounds.rules, name="public-round-rules"),
    path("rounds/<int:number>/bundle.zip", rounds.bundle, name="public-round-bundle"),
    path("verify_round.py", rounds.checker, name="public-checker"),
    path("explanations/check/", explanations.check, name="public-check"),
    path("checkpoints/", checkpoints.listing, name="public-checkpoints"),
    path("checkpoints/<int:number>/", checkpoints.detail, name="public-checkpoint"),
    path("checkpoints/<int:number>/file/", checkpoints.download, name="public-checkpoint-file"),
    path("rules/", front.rules, name="public-rules"),
]
