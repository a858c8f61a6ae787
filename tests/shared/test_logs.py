"""Nothing personal reaches the log, whoever writes it."""

import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.handlers.exception import response_for_exception
from django.http import HttpRequest
from django.test import Client, RequestFactory

from clearinghouse.shared.logs import json_formatter

MAIL = "maria.santos@example.org"


@pytest.fixture
def written() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Give what the loggers of the framework have written since, as the log holds it."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(json_formatter())
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)


@pytest.mark.django_db
def test_log_of_a_missing_page_holds_no_query(written: Callable[[], Any]) -> None:
    Client().get("/nothing/here/", {"search": MAIL, "name": "Maria"})
    (line,) = written()
    assert line["request"] == "GET /nothing/here/"
    assert "maria" not in json.dumps(line).lower()


def test_log_of_a_forbidden_page_holds_no_query(written: Callable[[], Any]) -> None:
    request: HttpRequest = RequestFactory().get("/state/", {"search": MAIL, "born": "Maria"})
    response_for_exception(request, PermissionDenied("no"))
    (line,) = written()
    assert (line["request"], line["status_code"]) == ("GET /state/", 403)
    assert "maria" not in json.dumps(line).lower()


def test_log_masks_at_any_depth(written: Callable[[], Any]) -> None:
    facts = {
        "rows": [{"email": MAIL, "note": f"write to {MAIL}", "count": 3}, (MAIL,)],
        MAIL: {"family_name": "Santos"},
        "address": "/people/?search=maria",
        "coded": "maria.santos%40example.org",
        "thing": ValueError(MAIL),
    }
    logging.getLogger("django.request").warning("Nothing for %s", MAIL, extra={"facts": facts})
    (line,) = written()
    assert line["event"] == "Nothing for ***"
    assert line["facts"]["rows"] == [{"email": "***", "note": "write to ***", "count": 3}, ["***"]]
    assert line["facts"]["address"] == "/people/?***"
    assert not {"maria", "santos"} & set(json.dumps(line).lower().replace(".", '"').split('"'))


def test_log_of_a_bug_masks_its_message(written: Callable[[], Any]) -> None:
    try:
        raise ValueError(MAIL)
    except ValueError:
        logging.getLogger("django.request").exception("Broken")
    (line,) = written()
    assert "ValueError: ***" in line["exception"]
