"""Every door of the house, as one hostile account after the other opens it.

Routes come from the URL resolver, so that a new one is tried on the day it is born. An answer keeps
everything that a caller can observe but the time: status, headers, cookies, body, and the number of
SQL statements as the class of work that was done.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver
from knox.models import AuthToken

from tests.web.doors import signed_in
from tests.worlds.cast import ACCOUNTS, Cast
from tests.worlds.chance import Chance

_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
_LINK = re.compile(rb'(?:href|action|src)="(/[^"#]*)')
_CURSOR = re.compile(rb'"(?:next|previous)": ?"https?://[^/]+(/[^"]+)"')


@dataclass(frozen=True)
class Route:
    """One address of the resolver: its name, its pattern, and (converter, name) of its blanks."""

    name: str
    pattern: str
    blanks: tuple[tuple[str, str], ...]

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the address with every blank filled."""
        return "/" + _PARAMETER.sub(lambda found: values[found[2]], self.pattern)


@dataclass(frozen=True)
class Call:
    """One request: who asks what."""

    account: str
    path: str
    method: str = "GET"
    data: Any = None
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Answer:
    """What a caller can observe."""

    call: Call
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    statements: int
    route: str = ""

    @property
    def is_sign_in(self) -> bool:
        """Tell whether the answer sends to the page of signing in."""
        where = next((value for name, value in self.headers if name == "location"), "")
        return where.startswith("/account/login")

    def links(self) -> list[str]:
        """List the addresses that the body names: links, forms, pages of a list."""
        found = [*_LINK.findall(self.body), *_CURSOR.findall(self.body)]
        return [link.decode().replace("&amp;", "&") for link in found if not _is_asset(link)]


@dataclass
class Doors:
    """The callers of one world, in one browser: its cookies are those of whoever asks.

    `lap` names the sign-ins, so that two worlds can share one.
    """

    cast: Cast
    chance: Chance
    lap: str = ""
    signed_in_again: int = 0
    _client: Client = field(default_factory=Client)
    _cookies: dict[str, SimpleCookie] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)

    def sign_in_all(self) -> None:
        """Sign everybody in now, so that worlds that branch off share the sign-ins."""
        for account in ACCOUNTS:
            self._cookies_of(account)
            if account in self.cast.users:
                self._token(account)

    def branched(self, cast: Cast) -> "Doors":
        """Return the doors of a world that goes on from here by itself."""
        cookies = {account: deepcopy(jar) for account, jar in self._cookies.items()}
        return Doors(
            cast,
            self.chance,
            self.lap,
            self.signed_in_again,
            self._client,
            cookies,
            {**self._tokens},
        )

    def ask(self, call: Call, *words: object) -> Answer:
        """Make a request with the chance that these words name; sign in again if need be."""
        answer = self._ask(call, *words)
        if answer.is_sign_in and call.account in self.cast.users:
            self.signed_in_again += 1
            del self._cookies[call.account]
            answer = self._ask(call, *words)
        return answer

    def _ask(self, call: Call, *words: object) -> Answer:
        client = self._client
        client.cookies = self._cookies_of(call.account)
        extra = dict(call.headers)
        if call.path.startswith("/api/") and call.account in self.cast.users:
            extra["HTTP_AUTHORIZATION"] = f"Token {self._token(call.account)}"
        content_type = {"content_type": call.content_type} if call.content_type else {}
        with self.chance.named(*words, call.account), counted() as count:
            method = getattr(client, call.method.lower())
            response = method(call.path, call.data, **content_type, **extra)
            body = response.getvalue()
        return Answer(
            call=call,
            status=response.status_code,
            headers=_headers(response),
            body=body,
            statements=count[0],
            route=_route_of(response),
        )

    def _cookies_of(self, account: str) -> SimpleCookie:
        if account not in self._cookies:
            user = self.cast.users.get(account)
            with self.chance.named("sign in", account, self.lap, self.signed_in_again):
                cookies = signed_in(user).cookies if user else SimpleCookie()
            # The secret of the forms would be drawn by whichever page comes first.
            cookies["csrf"] = "worlds" + "0" * 26
            self._cookies[account] = cookies
        return self._cookies[account]

    def _token(self, account: str) -> str:
        if account not in self._tokens:
            with self.chance.named("token", account, self.lap):
                self._tokens[account] = AuthToken.objects.create(self.cast.users[account])[1]
        return self._tokens[account]


@cache
def routes() -> tuple[Route, ...]:
    """List every route of the house, in the order of the resolver."""
    return tuple(_walk(get_resolver().url_patterns, ""))


def find_route(name: str) -> Route:
    """Return the route with this name."""
    return next(route for route in routes() if route.name == name)


@contextmanager
def counted() -> Iterator[list[int]]:
    """Count the statements of a block, in a list of one number."""
    count = [0]

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        count[0] += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield count


def open_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all doors work as the owner of the tables, whom no policy holds."""
    monkeypatch.setattr("clearinghouse.web.transactions.use_login", lambda _login: nullcontext())


def _walk(patterns: Sequence[Any], before: str) -> Iterator[Route]:
    for entry in patterns:
        text = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, text)
        elif isinstance(entry, URLPattern):
            # Patterns of foreign apps may be regular expressions; these have no blanks of ours.
            plain = text.replace("^", "").replace("\\Z", "").replace("$", "")
            if "(" in plain:
                plain = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<str:\1>", plain)
            yield Route(
                entry.name or "",
                plain,
                tuple((found[1] or "str", found[2]) for found in _PARAMETER.finditer(plain)),
            )


def _headers(response: Any) -> tuple[tuple[str, str], ...]:
    headers = [(name.lower(), value) for name, value in response.items()]
    cookies = [("set-cookie", morsel.OutputString()) for morsel in response.cookies.values()]
    return tuple(sorted([*headers, *cookies]))


def _route_of(response: Any) -> str:
    try:
        return response.resolver_match.view_name or ""
    except (Resolver404, AttributeError):
        return ""


def _is_asset(link: bytes) -> bool:
    return link.startswith((b"/static/", b"/account/logout"))
