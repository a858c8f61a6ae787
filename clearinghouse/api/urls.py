"""Addresses of the API, one block per resource."""

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from clearinghouse.api import (
    applications,
    checkpoints,
    draws,
    missing,
    nominations,
    numbers,
    occupations,
    offers,
    places,
    quotas,
    results,
    rounds,
    runs,
    states,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("states/", states.States.as_view(), name="api-states"),
    path("states/<str:iso2>/", states.OneState.as_view(), name="api-state"),
    path("occupations/", occupations.Occupations.as_view(), name="api-occupations"),
    path("occupations/<str:code>/", occupations.OneOccupation.as_view(), name="api-occupation"),
    path("quotas/", quotas.Quotas.as_view(), name="api-quotas"),
    path("quotas/<uuid:quota_id>/", quotas.OneQuota.as_view(), name="api-quota"),
    path("quotas/<uuid:quota_id>/submit/", quotas.SubmitQuota.as_view(), name="api-quota-submit"),
    path("quotas/<uuid:quota_id>/return/", quotas.ReturnQuota.as_view(), name="api-quota-return"),
    path(
        "quotas/<uuid:quota_id>/approve/", quotas.ApproveQuota.as_view(), name="api-quota-approve"
    ),
    path(
        "quotas/<uuid:quota_id>/publish/", quotas.PublishQuota.as_view(), name="api-quota-publish"
    ),
    path(
        "quotas/<uuid:quota_id>/withdraw/",
        quotas.WithdrawQuota.as_view(),
        name="api-quota-withdraw",
    ),
    path("quotas/<uuid:quota_id>/places/", places.PlacesOfQuota.as_view(), name="api-quota-places"),
    path(
        "quotas/<uuid:quota_id>/places/moves/",
        places.MovesOfQuota.as_view(),
        name="api-quota-moves",
    ),
    path("applications/", applications.Applications.as_view(), name="api-applications"),
    path("applications/to-check/", applications.Files.as_view(), name="api-files"),
    path(
        "applications/to-check/<uuid:application_id>/",
        applications.OneFile.as_view(),
        name="api-file",
    ),
    path(
        "applications/to-check/<uuid:application_id>/check/",
        applications.CheckWish.as_view(),
        name="api-file-check",
    ),
    path(
        "applications/to-check/<uuid:application_id>/check-all/",
        applications.CheckAll.as_view(),
        name="api-file-check-all",
    ),
    path(
        "applications/<uuid:application_id>/",
        applications.OneApplication.as_view(),
        name="api-application",
    ),
    path(
        "applications/<uuid:application_id>/receipt/",
        checkpoints.Receipt.as_view(),
        name="api-application-receipt",
    ),
    path("access-log/", checkpoints.AccessLog.as_view(), name="api-access-log"),
    path("checkpoints/", checkpoints.Checkpoints.as_view(), name="api-checkpoints"),
    path("checkpoints/<int:number>/", checkpoints.OneCheckpoint.as_view(), name="api-checkpoint"),
    path(
        "applications/<uuid:application_id>/wishes/",
        applications.Wishes.as_view(),
        name="api-application-wishes",
    ),
    path(
        "applications/<uuid:application_id>/submit/",
        applications.Submit.as_view(),
        name="api-application-submit",
    ),
    path(
        "applications/<uuid:application_id>/withdraw/",
        applications.Withdraw.as_view(),
        name="api-application-withdraw",
    ),
    path("nominations/", nominations.Nominations.as_view(), name="api-nominations"),
    path("nominations/import/", nominations.Import.as_view(), name="api-nominations-import"),
    path(
        "nominations/<uuid:nomination_id>/",
        nominations.OneNomination.as_view(),
        name="api-nomination",
    ),
    path(
        "nominations/<uuid:nomination_id>/withdraw/",
        nominations.Withdraw.as_view(),
        name="api-nomination-withdraw",
    ),
    path("rounds/", rounds.Rounds.as_view(), name="api-rounds"),
    path("rounds/<int:number>/", rounds.OneRound.as_view(), name="api-round"),
    path("rounds/<int:number>/open/", rounds.OpenRound.as_view(), name="api-round-open"),
    path("rounds/<int:number>/commit/", rounds.CommitSecret.as_view(), name="api-round-commit"),
    path("rounds/<int:number>/seal/", rounds.SealRound.as_view(), name="api-round-seal"),
    path("rounds/<int:number>/reveal/", rounds.RevealSecret.as_view(), name="api-round-reveal"),
    path("rounds/<int:number>/draw/", rounds.DrawSeed.as_view(), name="api-round-draw"),
    path("rounds/<int:number>/run/", runs.RunRound.as_view(), name="api-round-run"),
    path("rounds/<int:number>/run/cancel/", runs.CancelRun.as_view(), name="api-run-cancel"),
    path("rounds/<int:number>/certify/", rounds.CertifyRound.as_view(), name="api-round-certify"),
    path("rounds/<int:number>/release/", rounds.ReleaseRound.as_view(), name="api-round-release"),
    path("rounds/<int:number>/void/", rounds.VoidRound.as_view(), name="api-round-void"),
    path("rounds/<int:number>/reserve/", places.ReserveOfRound.as_view(), name="api-round-reserve"),
    path(
        "rounds/<int:number>/numbers/", numbers.NumbersOfRound.as_view(), name="api-round-numbers"
    ),
    path("rounds/<int:number>/market/", draws.SealedMarket.as_view(), name="api-round-market"),
    path("rounds/<int:number>/plan/", draws.WrittenPlan.as_view(), name="api-round-plan"),
    path("rounds/<int:number>/rules/", draws.RoundRules.as_view(), name="api-round-rules"),
    path("rounds/<int:number>/bundle/", draws.SealedBundle.as_view(), name="api-round-bundle"),
    path(
        "rounds/<int:number>/public-bundle/",
        draws.PublicBundle.as_view(),
        name="api-round-public-bundle",
    ),
    path(
        "rounds/<int:number>/discharge/",
        draws.DischargeRound.as_view(),
        name="api-round-discharge",
    ),
    path("results/<int:number>/proof/", results.OneProof.as_view(), name="api-result-proof"),
    path("results/", results.Results.as_view(), name="api-results"),
    path("results/<int:number>/", results.OneResult.as_view(), name="api-result"),
    path("results/<int:number>/signed/", results.SignedResult.as_view(), name="api-result-signed"),
    path("results/<int:number>/paper/", results.ResultPaper.as_view(), name="api-result-paper"),
    path("keys/", results.Keys.as_view(), name="api-keys"),
    path("offers/", offers.Offers.as_view(), name="api-offers"),
    path("offers/<uuid:offer_id>/", offers.OneOffer.as_view(), name="api-offer"),
    path("offers/<uuid:offer_id>/accept/", offers.AcceptOffer.as_view(), name="api-offer-accept"),
    path(
        "offers/<uuid:offer_id>/decline/", offers.DeclineOffer.as_view(), name="api-offer-decline"
    ),
    # Other resources go above this line: what follows answers for every address that is left.
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(
            url_name="api-schema", template_name="public/api_docs.html"
        ),
        name="api-docs",
    ),
    path("<path:anything>", missing.Missing.as_view(), name="api-missing"),
]
