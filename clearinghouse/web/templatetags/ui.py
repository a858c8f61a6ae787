"""Tags that draw what every page shares: fields, errors, tags, tables, figures and dates.

`templates/README.md` shows each of them in use. Nothing here knows a quota or a worker.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.dates import format_date, get_datetime_format
from babel.numbers import format_currency, format_decimal, format_percent
from django import forms, template
from django.forms import BoundField
from django.forms.formsets import BaseFormSet
from django.http import QueryDict
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_bidi, gettext

register = template.Library()

KINDS = frozenset({"neutral", "info", "success", "warning", "danger"})
STATUS_KINDS = {
    "success": "open published approved accepted recognised active verified certified released "
    "issued granted confirmed done completed paid resolved valid delivered upheld",
    "info": "submitted waiting pending planned pooled locked offered sealed drawn running queued "
    "claimed requested in_review scheduled nominated",
    "warning": "returned lapsed deferred overdue held on_hold expired suspended extended notice",
    "danger": "refused rejected failed voided revoked blocked ineligible",
}
KIND_OF_STATUS = {word: kind for kind, words in STATUS_KINDS.items() for word in words.split()}
MESSAGE_KINDS = {"debug": "neutral", "error": "danger"}
REGIONS = {"en": "en_GB"}
BAR_ROW = 48
LONGEST_BAR_LABEL = 36

Amount = Decimal | int | float


def _locale() -> str:
    language = (get_language() or "en").replace("-", "_")
    return REGIONS.get(language, language)


def _absent() -> SafeString:
    return format_html(
        '<span class="muted"><span aria-hidden="true">–</span>'
        '<span class="ds-sr-only">{}</span></span>',
        gettext("not stated"),
    )


def _parameters(context: Context) -> QueryDict:
    """Return a copy of the page's query parameters that may be changed."""
    request = context.get("request")
    return request.GET.copy() if request is not None else QueryDict(mutable=True)


# Forms


def _kind_of(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choices"
    if isinstance(widget, forms.MultiWidget | forms.SelectDateWidget):
        return "compound"
    return "input"


def _target(bound: BoundField) -> str:
    """Return the id of the first control of a field, which error links lead to."""
    if _kind_of(bound) == "choices":
        return f"{bound.auto_id}_0"
    return bound.id_for_label or bound.auto_id


def _attributes(bound: BoundField, described_by: str) -> dict[str, Any]:
    own = bound.field.widget.attrs
    attributes: dict[str, Any] = {"class": f"{own.get('class', '')} ds-input".strip()}
    if "placeholder" in own:
        attributes["placeholder"] = False
    if described_by:
        attributes["aria-describedby"] = described_by
    if bound.errors:
        attributes["aria-invalid"] = "true"
    return attributes


def _choices(bound: BoundField, attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for choice in bound.subwidgets:
        choice.data["attrs"].pop("aria-describedby", None)
        choice.data["attrs"].pop("aria-invalid", None)
        choice.data["attrs"]["class"] = attributes["class"]
        if "aria-invalid" in attributes:
            choice.data["attrs"]["aria-invalid"] = "true"
        rows.append(
            {
                "control": choice.tag(wrap_label=False),
                "label": choice.choice_label,
                "id": choice.id_for_label,
            }
        )
    return rows


@register.inclusion_tag("partials/field.html")
def field(
    bound: BoundField,
    *,
    label: str | None = None,
    hint: str | None = None,
    prefix: str = "",
    suffix: str = "",
    width: str = "",
) -> dict[str, Any]:
    """Draw one form field with its label, hint and errors tied together."""
    words = str(bound.label if label is None else label)
    advice = bound.help_text if hint is None else hint
    hint_id, error_id = f"{bound.auto_id}_helptext", f"{bound.auto_id}_error"
    described_by = " ".join(
        name for name, present in ((hint_id, advice), (error_id, bound.errors)) if present
    )
    attributes = _attributes(bound, described_by)
    kind = _kind_of(bound)
    return {
        "kind": "hidden" if bound.is_hidden else kind,
        "bound": bound,
        "label": words,
        "hint": advice,
        "hint_id": hint_id,
        "error_id": error_id,
        "described_by": described_by,
        "control": "" if kind == "choices" else bound.as_widget(attrs=attributes),
        "choices": _choices(bound, attributes) if kind == "choices" else [],
        "target": _target(bound),
        "optional": not bound.field.required and kind != "checkbox",
        "prefix": prefix,
        "suffix": suffix,
        "width": width,
    }


@register.inclusion_tag("partials/fields.html")
def fields(form: forms.BaseForm) -> dict[str, Any]:
    """Draw every field of a form in its order."""
    return {"form": form}


def _problems_of(form: forms.BaseForm) -> list[dict[str, str]]:
    problems = [{"text": str(error), "target": ""} for error in form.non_field_errors()]
    for bound in form:
        for error in bound.errors:
            text = gettext("%(label)s: %(error)s") % {"label": bound.label, "error": error}
            problems.append({"text": text, "target": "" if bound.is_hidden else _target(bound)})
    return problems


@register.inclusion_tag("partials/form_errors.html")
def form_errors(*sources: "forms.BaseForm | BaseFormSet[Any] | None") -> dict[str, Any]:
    """Draw the summary of errors of forms and formsets, with a link to each field."""
    problems: list[dict[str, str]] = []
    for source in sources:
        if not isinstance(source, forms.BaseForm | BaseFormSet) or not source.is_bound:
            continue
        if isinstance(source, BaseFormSet):
            problems += [{"text": str(error), "target": ""} for error in source.non_form_errors()]
            for form in source.forms:
                problems += _problems_of(form)
        else:
            problems += _problems_of(source)
    return {"problems": problems}


# Status, lists and tables


@register.simple_tag
def status_tag(status: object, label: object) -> SafeString:
    """Draw a coloured tag; the status is a kind of colour or a common status word."""
    word = str(getattr(status, "value", status)).lower()
    kind = word if word in KINDS else KIND_OF_STATUS.get(word, "neutral")
    return format_html('<span class="ds-tag" data-color="{}">{}</span>', kind, label)


@register.filter
def alert_kind(level: str) -> str:
    """Return the alert colour of a Django message level."""
    kind = MESSAGE_KINDS.get(level, level)
    return kind if kind in KINDS else "info"


@register.simple_tag(takes_context=True)
def sort_header(
    context: Context, key: str, label: object, *, numeric: bool = False, default: str = ""
) -> SafeString:
    """Draw a column heading whose link sorts the list by this column."""
    query = _parameters(context)
    current = query.get("sort", default)
    direction = {key: "ascending", f"-{key}": "descending"}.get(current, "none")
    query["sort"] = f"-{key}" if direction == "ascending" else key
    query.pop("page", None)
    return format_html(
        '<th scope="col" aria-sort="{}"{}><a class="sort-link" href="?{}">{}</a></th>',
        direction,
        SafeString(' class="number"') if numeric else "",
        query.urlencode(),
        label,
    )


@register.inclusion_tag("partials/toolbar.html", takes_context=True)
def list_toolbar(
    context: Context,
    *,
    search: str = "",
    filters: Iterable[Mapping[str, Any]] = (),
    sorts: Sequence[tuple[str, str]] = (),
    total: int | None = None,
) -> dict[str, Any]:
    """Draw search box, filters and order of a list as one form that keeps other parameters."""
    query = _parameters(context)
    query.pop("page", None)
    drawn = [
        {
            "name": entry["name"],
            "label": entry["label"],
            "choices": [(str(value), text) for value, text in entry["choices"]],
            "current": query.get(entry["name"], ""),
        }
        for entry in filters
    ]
    ours = [entry["name"] for entry in drawn] + (["q"] if search else [])
    active = any(query.get(name) for name in ours)
    current_search, current_sort = query.get("q", ""), query.get("sort", "")
    for name in [*ours, *(["sort"] if sorts else [])]:
        query.pop(name, None)
    kept = [(name, value) for name, values in query.lists() for value in values]
    return {
        "search": search,
        "current_search": current_search,
        "filters": drawn,
        "sorts": sorts,
        "current_sort": current_sort,
        "kept": kept,
        "clear_url": f"?{query.urlencode()}" if active else "",
        "total": total,
    }


# Values


@register.simple_tag
def bdi(value: object) -> SafeString:
    """Isolate a name or a number from the direction of the text around it."""
    return format_html("<bdi>{}</bdi>", value)


@register.simple_tag
def number(value: Amount | None) -> SafeString:
    """Print a number by the reader's language."""
    if value is None:
        return _absent()
    return format_html("<bdi>{}</bdi>", format_decimal(value, locale=_locale()))


@register.simple_tag
def percent(share: Amount | None) -> SafeString:
    """Print a share between 0 and 1 as a percentage with at most one decimal."""
    if share is None:
        return _absent()
    exact = Decimal(str(share)).quantize(Decimal("0.001"))
    pattern = Locale.parse(_locale()).percent_formats[None].pattern.replace("#,##0", "#,##0.#")
    return format_html("<bdi>{}</bdi>", format_percent(exact, format=pattern, locale=_locale()))


@register.simple_tag
def money(amount: Amount | None, currency: str) -> SafeString:
    """Print an amount with its three-letter currency, which is the same in every country."""
    if amount is None:
        return _absent()
    whole = amount == int(amount)
    text = format_currency(
        amount,
        currency,
        format="#,##0\xa0¤¤" if whole else "#,##0.00\xa0¤¤",
        locale=_locale(),
        currency_digits=not whole,
    )
    return format_html('<bdi class="nowrap">{}</bdi>', text)


@register.simple_tag
def localdate(value: dt.date | None) -> SafeString:
    """Print a date by the reader's language."""
    if value is None:
        return _absent()
    if isinstance(value, dt.datetime):
        value = timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return format_html(
        '<time datetime="{}">{}</time>',
        value.isoformat(),
        format_date(value, format="long", locale=_locale()),
    )


def _zone(local: dt.datetime) -> str:
    """Name a time zone by its distance from UTC, which reads the same in every language."""
    minutes = int((local.utcoffset() or dt.timedelta()).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    if not minutes:
        return "UTC"
    return f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02d}" if rest else "")


@register.simple_tag
def localdatetime(value: dt.datetime | None) -> SafeString:
    """Print a moment in the reader's language and time zone, with the zone's name."""
    if value is None:
        return _absent()
    local = timezone.localtime(value)
    text = (
        str(get_datetime_format("long", locale=_locale()))
        .replace("{1}", format_date(local, format="long", locale=_locale()))
        .replace("{0}", f"\u2066{local:%H:%M} {_zone(local)}\u2069")
        .replace("'", "")
    )
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), text)


# Charts


def _bar(row: Sequence[Any], *, largest: float, place: int) -> dict[str, Any]:
    label, value = str(row[0]), row[1]
    share = 0.0 if not value or not largest else float(value) / largest * 100
    shown = label if len(label) <= LONGEST_BAR_LABEL else label[: LONGEST_BAR_LABEL - 1] + "…"
    return {
        "label": label,
        "shown": shown,
        "value": value,
        "note": row[2] if len(row) > 2 else "",
        "text_y": place * BAR_ROW + 16,
        "bar_y": place * BAR_ROW + 24,
        "width": f"{share:.2f}",
        "start": f"{100 - share:.2f}" if get_language_bidi() else "0",
    }


@register.inclusion_tag("partials/bar_chart.html")
def bar_chart(title: object, rows: Iterable[Sequence[Any]], *, unit: str = "") -> dict[str, Any]:
    """Draw bars with the same figures in a table below."""
    listed = list(rows)
    largest = max((float(row[1]) for row in listed if row[1]), default=0.0)
    bars = [_bar(row, largest=largest, place=place) for place, row in enumerate(listed)]
    return {
        "title": title,
        "unit": unit,
        "bars": bars,
        "height": len(bars) * BAR_ROW,
        "top": max(bars, key=lambda bar: bar["value"] or 0, default=None),
        "label_x": "100%" if get_language_bidi() else "0",
        "value_x": "0" if get_language_bidi() else "100%",
    }
