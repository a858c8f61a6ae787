"""Addresses of the secretariat: rounds, the system, the audit trail."""

from django.urls import path

from clearinghouse.web.operations import audit, downloads, planning, rounds, secrets, steps, system

urlpatterns = [
    path("rounds/", rounds.listing, name="operations-rounds"),
    path("rounds/plan/", planning.plan, name="operations-round-plan"),
    path("rounds/<int:number>/", rounds.detail, name="operations-round"),
    path("rounds/<int:number>/progress/", rounds.progress, name="operations-round-progress"),
    path("rounds/<int:number>/certify/", steps.certify, name="operations-round-certify"),
    path("rounds/<int:number>/cancel/", steps.cancel, name="operations-round-cancel"),
    path("rounds/<int:number>/void/", steps.void, name="operations-round-void"),
    path("rounds/<int:number>/commit/", secrets.commit, name="operations-round-commit"),
    path("rounds/<int:number>/reveal/", secrets.reveal, name="operations-round-reveal"),
    path("rounds/<int:number>/market.json", downloads.market, name="operations-round-market"),
    path("rounds/<int:number>/plan.json", downloads.plan, name="operations-round-plan-json"),
    path("rounds/<int:number>/bundle.zip", downloads.bundle, name="operations-round-bundle"),
    path("rounds/<int:number>/give-back/", steps.discharge, name="operations-round-discharge"),
    path("rounds/<int:number>/step/<slug:step>/", steps.take, name="operations-round-step"),
    path("system/", system.overview, name="operations-system"),
    path("audit/", audit.trail, name="operations-audit"),
    path("audit/chain/", audit.chain, name="operations-audit-chain"),
]
