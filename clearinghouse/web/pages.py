"""What every list and form page does the same way."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest

from clearinghouse.shared.errors import DomainError

M = TypeVar("M", bound=Model)


def paginate(
    request: HttpRequest, rows: Any, *, per_page: int = 25, total: int | None = None
) -> Page[Any]:
    """Cut out the page that `?page=` names; nonsense numbers give the nearest page.

    `total` is the number of rows where somebody counts them more cheaply than the rows do.
    """
    pages = Paginator(rows, per_page)
    if total is not None:
        pages.count = total
    return pages.get_page(request.GET.get("page"))


def sort(
    request: HttpRequest, rows: QuerySet[M], *, allowed: Mapping[str, str], default: str
) -> QuerySet[M]:
    """Order rows by `?sort=word` or `?sort=-word`; only words of `allowed` (to column) count."""
    wanted = request.GET.get("sort", default)
    word = wanted.removeprefix("-")
    if word not in allowed:
        wanted, word = default, default.removeprefix("-")
    sign = "-" if wanted.startswith("-") else ""
    return rows.order_by(f"{sign}{allowed[word]}", "pk")


def apply_errors(form: BaseForm, error: DomainError) -> None:
    """Put a refusal at the fields that it names, so that the form comes back filled."""
    for name, texts in error.fields.items():
        for text in texts:
            form.add_error(name if name in form.fields else None, str(text))
    if not error.fields:
        form.add_error(None, str(error.message))
