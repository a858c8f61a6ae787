"""The one way to print a count of people: a number from a release, in words that say how exact."""

from babel.numbers import format_decimal
from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clearinghouse.statistics.enums import Precision
from clearinghouse.statistics.rules import Shown

register = template.Library()


def in_words(shown: Shown) -> str:
    """Say a published number in the active language."""
    smallest = settings.SMALLEST_PUBLIC_CELL
    if shown.precision == Precision.FEW:
        return _("fewer than %d") % smallest
    if shown.precision == Precision.MANY:
        return _("%d or more") % smallest
    if shown.value is None:
        return _("withheld")
    number = format_decimal(shown.value, locale=get_language() or "en")
    return number if shown.precision == Precision.EXACT else _("about %s") % number


@register.simple_tag
def published(shown: Shown) -> SafeString:
    """Print a published number; refuse anything that does not come from a release."""
    if not isinstance(shown, Shown):
        raise TypeError("a count of people is printed from a release only")
    text = in_words(shown)
    quiet = shown.value is None
    return format_html('<span class="muted">{}</span>' if quiet else "<bdi>{}</bdi>", text)
