"""What Django's `check --deploy` asks of the settings before the house starts in production."""

from typing import Any

from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from clearinghouse.shared import signing


def check_signing_keys(**_options: Any) -> list[CheckMessage]:
    """Refuse to start without the keys of signed explanations."""
    try:
        signing.public_keys()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="clearinghouse.E001")]
    return []
