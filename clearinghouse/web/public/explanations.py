"""Checking a signed explanation, for everybody who is shown one."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from clearinghouse.matching import queries
from clearinghouse.matching.letters import CHECK_COMMAND
from clearinghouse.shared import signing

# The longest text that the page reads, in characters; an explanation has a few thousand.
LONGEST = 262_144
REFUSALS = {
    "malformed": _("This is no signed explanation."),
    "unknown_key": _("It is signed with a key that this clearing house does not know."),
    "invalid": _("It was changed after it was signed, or a part of it is missing."),
}


class CheckForm(forms.Form):
    """The signed text, pasted."""

    signed_text = forms.CharField(
        label=_("Signed text"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "ltr", "autocomplete": "off"}),
        help_text=_("The long line in the file that ends in .jws. The PDF has that file inside."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Say whether a pasted explanation is real, and show its text; nothing is kept or logged."""
    form = CheckForm(request.POST or None)
    context: dict[str, Any] = {
        "form": form,
        "keys": signing.public_keys()["keys"],
        "command": CHECK_COMMAND,
    }
    if request.method == "POST" and form.is_valid():
        context |= _checked(form.cleaned_data["signed_text"])
    response = render(request, "public/check.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _checked(text: str) -> dict[str, Any]:
    try:
        found = queries.check_explanation(text)
    except signing.SignatureRefusedError as error:
        return {"refusal": REFUSALS[error.reason]}
    language = str(found.document["language"])
    blocks = [block.splitlines() for block in str(found.document["text"]).split("\n\n")]
    return {
        "found": found,
        "blocks": [(lines[0], lines[1:]) for lines in blocks if lines],
        "language": language,
        "direction": "rtl" if get_language_info(language)["bidi"] else "ltr",
    }
