"""Addresses of the pages of one person, for the worker's own door and the helper's."""

from django import template
from django.template import Context

register = template.Library()


@register.simple_tag(takes_context=True)
def case_url(context: Context, name: str, *arguments: object) -> str:
    """Return the address of a page of the person whom the present page is about."""
    return str(context["case"].url(name, *arguments))
