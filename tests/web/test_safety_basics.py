"""Small promises of docs/asvs.md that no other test holds: escaping, passwords, methods, tools."""

import ast
import re
import tomllib
from datetime import timedelta

import pytest
from django.conf import settings as all_settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import BadHeaderError
from django.template import engines
from django.test import Client
from django.urls import reverse

from accounts import throttle
from accounts.models import User
from clearinghouse.web import files
from tests.factories.accounts import make_user
from tests.house.sources import ROOT
from tests.web.doors import signed_in

RUFF = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
HOSTILE = "<script>alert(1)</script>\"' onload=x"


@pytest.mark.django_db
def test_text_of_people_is_escaped_and_twin_marked_safe_is_not() -> None:
    user = make_user("worker", email="escaped@example.org")
    User.objects.filter(pk=user.pk).update(display_name=HOSTILE)
    page = signed_in(User.objects.get(pk=user.pk)).get(reverse("my-account")).content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page
    twin = engines["django"].from_string("{{ name|safe }}").render({"name": HOSTILE})
    assert "<script>alert(1)" in twin


def test_no_template_turns_escaping_off_in_html() -> None:
    pages = list((ROOT / "templates").rglob("*.html"))
    found = [
        str(page)
        for page in pages
        if re.search(r"\|\s*safe\b|autoescape off|safeseq", page.read_text(encoding="utf-8"))
    ]
    assert len(pages) > 50
    assert found == []


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT"])
@pytest.mark.parametrize("path", ["/", "/account/login/", "/api/v1/keys/", "/healthz"])
def test_odd_methods_are_refused_everywhere(method: str, path: str) -> None:
    answer = Client().generic(method, path, headers={"x-secret": "echo"})
    assert answer.status_code in {403, 405}
    assert b"echo" not in answer.content


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/static/", "/static/css/", "/var/", "/.git/config", "/media/"])
def test_no_folder_is_listed(path: str) -> None:
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize(
    "password",
    ["seven green bicycles", "a" * 63 + "b", "a b" * 43, "بسم الله الرحمن", "trois vélos verts"],
)
def test_long_passwords_of_any_signs_are_taken(password: str) -> None:
    validate_password(password)


@pytest.mark.parametrize("password", ["password12", "1234567890", "qwertyuiop", "Password1", "abc"])
def test_common_and_short_passwords_are_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password)


@pytest.mark.django_db
def test_there_is_no_default_account_after_migrating() -> None:
    assert not User.objects.exists()


@pytest.mark.parametrize("rule", ["S102", "S307", "S311", "S324", "S602", "S604", "S605", "S606"])
def test_the_linter_forbids_it_in_the_house(rule: str) -> None:
    def covers(words: list[str]) -> bool:
        return any(word == "ALL" or rule.startswith(word) for word in words)

    assert covers(RUFF["select"])
    assert not covers(RUFF.get("ignore", []))
    spared = [path for path, words in RUFF["per-file-ignores"].items() if covers(words)]
    assert all(path.startswith(("tests", "clearinghouse/bench")) for path in spared)


def test_the_zone_is_sealed_with_one_approved_mode() -> None:
    text = (ROOT / "clearinghouse/shared/envelope.py").read_text(encoding="utf-8")
    text += (ROOT / "clearinghouse/protection/keys.py").read_text(encoding="utf-8")
    assert "AESGCM" in text
    names = {node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}
    assert not names & {"ECB", "CBC", "TripleDES", "ARC4", "PKCS1v15", "MD5", "SHA1", "md5", "sha1"}


def test_names_of_downloads_cannot_break_a_header() -> None:
    with pytest.raises(BadHeaderError):
        files.attachment("a", "text/csv", "a\r\nSet-Cookie: x=1")


def test_the_limits_and_times_that_are_written_down_are_those_that_hold() -> None:
    text = (ROOT / "accounts/README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([^|]+?) \| (\d+ \| [^|]+?) \|", text, re.MULTILINE))

    def said(limit: throttle.Limit) -> str:
        hours = limit.time >= timedelta(hours=1)
        amount = limit.time // timedelta(hours=1) if hours else limit.time // timedelta(minutes=1)
        unit = ("hour" if hours else "minute") + ("s" if amount > 1 else "")
        return f"{limit.most} | {amount} {unit}"

    assert rows["password"] == said(throttle.PASSWORD)
    assert rows["password, network"] == said(throttle.PASSWORD_NET)
    assert rows["one-time or recovery code"] == said(throttle.CODE)
    assert rows["mail for a new password"] == said(throttle.RESET)
    assert rows["sign-up"] == said(throttle.SIGN_UP)
    assert rows["mail to confirm an address"] == said(throttle.CONFIRMATION)
    assert rows["mail for a new password, sign-up, network"] == said(throttle.RESET_NET)
    assert said(throttle.RESET_NET) == said(throttle.SIGN_UP_NET)
    assert all_settings.SESSION_COOKIE_AGE == 12 * 3600 and "twelve hours at most" in text


def test_addresses_that_the_house_calls_come_from_the_settings_alone() -> None:
    calls = r"\b(?:requests|httpx|urllib\.request|http\.client|aiohttp|smtplib\.SMTP\()"
    found = []
    for folder in ("clearinghouse", "accounts"):
        for path in (ROOT / folder).rglob("*.py"):
            if "embedded" in path.parts or "bench" in path.parts:
                continue
            imports = [
                line
                for line in path.read_text(encoding="utf-8").splitlines()
                if re.match(rf"\s*(?:import|from)\s+{calls}", line)
            ]
            found += [f"{path}: {line}" for line in imports]
    assert found == []
