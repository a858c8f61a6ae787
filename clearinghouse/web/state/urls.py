"""Addresses for officials of states, one block per module."""

from django.urls import URLPattern, path

from clearinghouse.web.state import checks, exports, nominations, places, quota_moves, quotas

urlpatterns: list[URLPattern] = [
    path("quotas/", quotas.listing, name="state-quotas"),
    path("quotas/new/", quotas.create, name="state-quota-new"),
    path("quotas/<uuid:quota_id>/", quotas.detail, name="state-quota"),
    path("quotas/<uuid:quota_id>/edit/", quotas.edit, name="state-quota-edit"),
    path("quotas/<uuid:quota_id>/places/", places.statement, name="state-quota-places"),
    path("quotas/<uuid:quota_id>/places/file/", places.download, name="state-quota-places-file"),
    path("quotas/<uuid:quota_id>/<slug:move>/", quota_moves.confirm, name="state-quota-move"),
    path("checks/", checks.worklist, name="state-checks"),
    path("checks/next/", checks.following, name="state-check-next"),
    path("checks/accept/", checks.accept_all, name="state-check-all"),
    path("checks/<uuid:application_id>/", checks.detail, name="state-check"),
    path("checks/<uuid:application_id>/<uuid:quota_id>/", checks.decide, name="state-check-decide"),
    path("exports/", exports.listing, name="state-exports"),
    path("exports/new/", exports.create, name="state-export-new"),
    path("exports/<uuid:export_id>/", exports.detail, name="state-export"),
    path("exports/<uuid:export_id>/file/", exports.download, name="state-export-file"),
    path("exports/<uuid:export_id>/<slug:step>/", exports.move, name="state-export-move"),
    path("nominations/", nominations.listing, name="state-nominations"),
    path("nominations/new/", nominations.nominate, name="state-nominations-nominate"),
    path("nominations/file/", nominations.upload, name="state-nominations-upload"),
    path("nominations/file/template/", nominations.template, name="state-nominations-template"),
    path("nominations/file/errors/", nominations.errors, name="state-nominations-errors"),
    path(
        "nominations/file/errors/download/",
        nominations.error_file,
        name="state-nominations-error-file",
    ),
    path("nominations/file/<uuid:batch_id>/", nominations.batch, name="state-nominations-batch"),
    path(
        "nominations/<uuid:nomination_id>/withdraw/",
        nominations.withdraw,
        name="state-nomination-withdraw",
    ),
]
