"""Every address answers with every header; each header has a twin without its middleware."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as house
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from knox.models import AuthToken

from accounts.services import confirm_address
from tests.factories.accounts import make_user
from tests.web.doors import signed_in

pytestmark = pytest.mark.django_db
SAMPLES = {"number": "1", "iso2": "DE", "code": "7212", "anything": "x", "key": "k", "pk": "1"}
DYNAMIC = re.compile(r"<(?:(\w+):)?(\w+)>")
SECURE = {
    "SECURE_HSTS_SECONDS": 31_536_000,
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
    "SECURE_HSTS_PRELOAD": True,
    "SECURE_SSL_REDIRECT": True,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "LANGUAGE_COOKIE_SECURE": True,
    "SESSION_COOKIE_NAME": "__Host-session",
    "CSRF_COOKIE_NAME": "__Host-csrf",
    "LANGUAGE_COOKIE_NAME": "__Host-language",
}
INLINE = re.compile(r"<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE)
SCRIPT = re.compile(r"<script\b([^>]*)>", re.IGNORECASE)


def routes(resolver: Any = None, before: str = "") -> Iterator[str]:
    """List an address for every route of the resolver."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry, before + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            yield "/" + address(before + str(entry.pattern))


def address(pattern: str) -> str:
    """Fill the variables of a route."""
    pattern = re.sub(r"\(\?P<\w+>[^)]*\)", "x", pattern).strip("^$").replace("\\Z", "")

    def one(match: re.Match[str]) -> str:
        kind, name = match.groups()
        if kind == "uuid":
            return str(UUID(int=0))
        return "1" if kind == "int" else SAMPLES.get(name, "x")

    return DYNAMIC.sub(one, pattern)


ROUTES = sorted(set(routes()))


def strict(policy: str) -> bool:
    """Tell whether a content policy starts from nothing and allows no inline code."""
    rules = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    return (
        rules.get("default-src") == "'none'"
        and rules.get("script-src") == "'self'"
        and rules.get("style-src") == "'self'"
        and rules.get("frame-ancestors") == rules.get("base-uri") == "'none'"
        and rules.get("form-action") == "'self'"
        and "unsafe" not in policy
        and "*" not in policy
    )


HEADERS: dict[str, tuple[Callable[[str], bool], str]] = {
    "Content-Security-Policy": (strict, "CSPMiddleware"),
    "Strict-Transport-Security": (
        lambda value: value == "max-age=31536000; includeSubDomains; preload",
        "SecurityMiddleware",
    ),
    "X-Content-Type-Options": (lambda value: value == "nosniff", "SecurityMiddleware"),
    "Referrer-Policy": (lambda value: value == "same-origin", "SecurityMiddleware"),
    "Cross-Origin-Opener-Policy": (lambda value: value == "same-origin", "SecurityMiddleware"),
    "X-Frame-Options": (lambda value: value == "DENY", "XFrameOptionsMiddleware"),
    "Permissions-Policy": (lambda value: "camera=()" in value, "MoreHeaders"),
    "Cross-Origin-Resource-Policy": (lambda value: value == "same-origin", "MoreHeaders"),
}


@pytest.fixture
def _tls(settings: Any) -> None:
    for name, value in SECURE.items():
        setattr(settings, name, value)
    cache.clear()


def missing(answer: Any) -> set[str]:
    """List the headers that an answer lacks or has wrong."""
    return {name for name, (good, _middleware) in HEADERS.items() if not good(answer.get(name, ""))}


def inline(answer: Any) -> list[str]:
    """List what a page carries inline."""
    if not answer.get("Content-Type", "").startswith("text/html"):
        return []
    text = answer.content.decode()
    bare = [
        one for one in SCRIPT.findall(text) if "src=" not in one and "application/json" not in one
    ]
    return INLINE.findall(text) + bare


@pytest.mark.usefixtures("_tls")
@pytest.mark.parametrize("who", ["stranger", "auditor", "worker"])
def test_every_route_answers_with_every_header_and_nothing_inline(who: str) -> None:
    client = Client() if who == "stranger" else signed_in(make_user(who))
    client.raise_request_exception = False
    wrong: dict[str, Any] = {}
    paths = [path for path in ROUTES if "logout" not in path]
    for path in paths:
        answer = client.get(path, secure=True)
        found: Any = missing(answer) | set(inline(answer))
        signed = getattr(answer, "wsgi_request", None)
        if signed is not None and signed.user.is_authenticated:
            found |= set() if "no-store" in answer.get("Cache-Control", "") else {"no-store"}
        if answer.status_code >= 500:
            found |= {str(answer.status_code)}
        if found:
            wrong[path] = found
    assert len(paths) > 140
    assert wrong == {}


@pytest.mark.usefixtures("_tls")
@pytest.mark.parametrize("name", HEADERS)
def test_twin_without_its_middleware_the_header_is_missing(name: str, settings: Any) -> None:
    middleware = HEADERS[name][1]
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if middleware not in one]
    assert name in missing(Client().get("/", secure=True))


def test_twin_without_its_middleware_pages_of_people_may_be_kept(settings: Any) -> None:
    client = signed_in(make_user("worker"))
    assert client.get("/messages/")["Cache-Control"] == "no-store"
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "NoStore" not in one]
    client.handler.load_middleware()
    assert "no-store" not in client.get("/messages/").get("Cache-Control", "")


def test_answers_to_programs_are_not_kept() -> None:
    cache.clear()
    _, token = AuthToken.objects.create(make_user("operator"))
    answer = Client().get("/api/v1/rounds/", headers={"Authorization": f"Token {token}"})
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")


def test_twin_of_the_search_for_inline_code_finds_it() -> None:
    class Answer(dict[str, str]):
        content = b'<p style="x"><script>1</script><a href="javascript:x" onclick="y">'

    assert len(inline(Answer({"Content-Type": "text/html"}))) == 4


@pytest.mark.usefixtures("_tls")
def test_cookies_stay_with_this_host() -> None:
    user = make_user("worker")
    user.set_password("seven green bicycles")
    user.save()
    confirm_address(user)
    client = Client()
    client.post("/language/", {"language": "fr"}, secure=True)
    client.get("/account/login/", secure=True)
    answers = {"login": user.email, "password": "seven green bicycles"}
    client.post("/account/login/", answers, secure=True)
    assert {"__Host-session", "__Host-csrf", "__Host-language"} <= set(client.cookies)
    for name, cookie in client.cookies.items():
        assert name.startswith("__Host-"), name
        assert cookie["secure"], name
        assert cookie["httponly"], name
        assert (cookie["path"], cookie["domain"]) == ("/", ""), name
        assert cookie["samesite"] == "Lax", name


def test_without_tls_the_browser_is_sent_to_it(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().get("/quotas/")
    assert (answer.status_code, answer.url) == (301, "https://testserver/quotas/")


def test_check_for_deployment_has_nothing_to_say_and_silences_nothing() -> None:
    assert getattr(house, "SILENCED_SYSTEM_CHECKS", []) == []
    env = {
        **os.environ,
        "BEHIND_TLS": "1",
        "DEBUG": "0",
        "DEMO_MODE": "0",
        "SECRET_KEY": "".join(map(chr, range(40, 110))),
        "DATABASE_URL": "postgresql://nobody@/nothing?host=/nonexistent",
        "REDIS_URL": "redis+socket:///nonexistent",
        "ALLOWED_HOSTS": "clearinghouse.example",
    }
    # Set by the tests with a browser that this process may have run before.
    env.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=Path(house.BASE_DIR),
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


def test_twin_without_tls_the_check_complains() -> None:
    with pytest.raises(SystemCheckError):
        call_command("check", deploy=True, fail_level="WARNING")
