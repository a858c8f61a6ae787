"""Every address says who may come in."""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

PUBLIC = {
    "home", "healthz", "set_language", "public-quotas", "public-quota", "public-rules",
    "public-results", "public-result", "public-round", "public-round-rules", "public-round-bundle",
    "public-checker", "public-check", "public-checkpoints", "public-checkpoint",
    "public-checkpoint-file", "invitation", "document", "public-numbers", "public-numbers-csv",
}  # fmt: skip


def _patterns(resolver, prefix=""):
    for entry in resolver.url_patterns:
        where = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, where)
        elif isinstance(entry, URLPattern):
            yield where, entry


ROUTES = [
    (where, entry)
    for where, entry in _patterns(get_resolver())
    if getattr(entry.callback, "__module__", "").startswith(("clearinghouse.web", "accounts"))
]
API_ROUTES = [
    (where, entry) for where, entry in _patterns(get_resolver()) if where.startswith("api/v1/")
]


@pytest.mark.parametrize(("where", "entry"), ROUTES, ids=[where for where, _ in ROUTES])
def test_declares_roles_on_every_page(where, entry):
    view = entry.callback
    assert entry.name in PUBLIC or hasattr(view, "required_roles") or hasattr(view, "signed_in"), (
        where
    )


@pytest.mark.parametrize(("where", "entry"), API_ROUTES, ids=[where for where, _ in API_ROUTES])
def test_declares_permissions_on_every_operation(where, entry):
    view_class = getattr(entry.callback, "cls", getattr(entry.callback, "view_class", None))
    assert view_class is not None, where
    assert view_class.permission_classes, where
