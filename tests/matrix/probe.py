"""Calling an address as somebody, and everything that can be observed of the answer.

Two ways in. `Doors` calls the view behind the house's own middleware, with the actor set and with
page rendering replaced: fast enough for every cell. `Callers` is a browser and sees every byte.
"""

import io
import re
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.handlers.base import BaseHandler
from django.db import connection, transaction
from django.template.backends.django import Template
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse

from accounts.models import User
from clearinghouse.access.context import Context, inside
from clearinghouse.access.logins import Login, use_login
from clearinghouse.web.logins import login_of
from clearinghouse.web.transactions import context_of
from tests.matrix.bodies import body_of
from tests.matrix.routes import Route
from tests.matrix.table import table
from tests.matrix.world import STRANGERS, MatrixWorld
from tests.web.doors import signed_in

ABSENT = "absent"
_CSRF = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"')
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# What everybody is shown is read whole by these, for names; by others for its outcome.
_SHOWN, _READERS = {"public", "account"}, {"A0", "A3c", "A5"}
# What stands around the house's own middleware, and would only cost time here.
_LEFT_OUT = (
    "django.middleware.",
    "django.contrib.",
    "csp.",
    "whitenoise.",
    "allauth.",
    "clearinghouse.web.middleware.NoStoreForSignedIn",
    "clearinghouse.web.middleware.NoNulCharacters",
    "clearinghouse.web.middleware.PersonalSettings",
    "clearinghouse.web.sessions.",
    "clearinghouse.web.headers.",
    "clearinghouse.web.apart.",
    # `Standing` says the same to the database, once for many calls.
    "clearinghouse.web.transactions.",
)


@dataclass(frozen=True)
class Answer:
    """What a caller can see of an answer, and what it cost."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]
    queries: int
    location: str = ""

    @property
    def letter(self) -> str:
        """Return the outcome: Seen, Case says no, Forbidden, Hidden, sign in (L), Not allowed."""
        if self.status == 302 and "/account/login/" in self.location:
            return "L"
        named = {401: "L", 403: "F", 404: "H", 405: "N"}
        if self.status >= 500:
            return "X"
        return named.get(self.status) or ("S" if self.status < 400 else "C")

    def differs(self, other: "Answer", *, cost: bool = True) -> list[str]:
        """Name the traits in which hidden and absent things differ; none is right.

        Without `cost` the number of statements may differ: rounds are hidden by their plan alone.
        """
        names = ("status", "body", "headers", *(("queries",) if cost else ()))
        return [name for name in names if getattr(self, name) != getattr(other, name)]


class Addresses:
    """The addresses of the world's objects."""

    # What a call writes is undone, but where somebody looks at it afterwards.
    undoes = True

    def __init__(self, world: MatrixWorld) -> None:
        self.world = world

    def address(self, route: Route, actor: str, relation: str) -> str:
        """Return the address of the object that stands in this relation, or of none."""
        given: dict[str, Any] = route.words()
        for part in route.objects:
            given[part] = self._value(route, part, actor, relation)
        return reverse(route.name, kwargs=given)

    def _value(self, route: Route, part: str, actor: str, relation: str) -> Any:
        # A helper's people are the relation; what hangs below is the one that they have.
        number = part == "number"
        part = "checkpoint" if "checkpoint" in route.name else part
        if relation == ABSENT and route.objects[0] not in {part, "number"}:
            relation = "R7"
        if relation != ABSENT:
            value = self.world.value(part, actor, relation)
            return int(value) if number else value
        if number:
            return 987
        if part in {"token", "token_id"}:
            return "0" * len(self.world.objects[part]["R1"])
        return str(uuid.UUID(int=0x0F0E0D0C0B0A4908_8706050403020100))


class Standing:
    """Who acts as which login, told to the database when that changes and not with every call.

    The login and the context are those that the house's `OneTransaction` would find.
    """

    def __init__(self) -> None:
        self._open = ExitStack()
        self._now: tuple[object, Login] | None = None
        self._contexts: dict[tuple[object, Login], Context] = {}
        self._facts: dict[object, dict[str, Any]] = {}

    def __enter__(self) -> None:
        """Begin as nobody."""

    def __exit__(self, *_error: object) -> None:
        """End as nobody."""
        self.leave()

    def take(self, user: Any, path: str) -> None:
        """Act as an account (an object that has been asked nothing yet) at an address."""
        login = login_of(path)
        key = (user.pk, login)
        if key not in self._contexts:
            # Who asks is found out before anybody acts: rows of accounts are hidden from others.
            self.leave()
            self._contexts[key] = context_of(user, login)
            self._facts[user.pk] = dict(user.__dict__)
        # As in a request: roles and office of the object were read for the context already.
        user.__dict__.update(self._facts[user.pk])
        if key != self._now:
            self.leave()
            self._open.enter_context(use_login(login))
            self._open.enter_context(inside(self._contexts[key]))
            self._now = key

    def leave(self) -> None:
        """Act as nobody any more."""
        self._open.close()
        self._now = None


class Doors(Addresses):
    """The views behind the house's own middleware; many calls in one transaction."""

    def __init__(self, world: MatrixWorld) -> None:
        super().__init__(world)
        self.standing = Standing()
        self.factory = RequestFactory()
        self.handler = BaseHandler()
        kept = [name for name in settings.MIDDLEWARE if not name.startswith(_LEFT_OUT)]
        with override_settings(MIDDLEWARE=["tests.matrix.probe.acting", *kept]):
            self.handler.load_middleware()
        self.more: dict[str, object] = {}
        self.seen: dict[tuple[str, str, str, bool], Answer] = {}

    def call(
        self, route: Route, method: str, actor: str, relation: str, *, plain: bool = False
    ) -> Answer:
        """Call a view as an actor; whatever the call writes is undone. Same calls are made once."""
        path = self.address(route, actor, relation)
        key = (path, method, actor, plain)
        if key not in self.seen:
            self.seen[key] = self._call(route, method, actor, path, plain=plain)
        return self.seen[key]

    def _call(self, route: Route, method: str, actor: str, path: str, *, plain: bool) -> Answer:
        headers = {}
        if route.is_api and actor == "A10":
            headers["authorization"] = "Token mvch_matcher"
        given = {} if method in _SAFE else self.given(route)
        request = self.factory.generic(method, path, headers=headers, **given)
        request.acting = self._user(route, actor)
        self.standing.take(request.acting, path)
        plain |= table()[route.name].kind in _SHOWN and actor not in _READERS
        with (
            undone(on=self.undoes and method not in _SAFE),
            counted() as count,
            plain_pages(on=plain),
            ExitStack() as named,
        ):
            request.act_as = lambda user: named.enter_context(
                inside(context_of(user, login_of(path)))
            )
            response = self.handler.get_response(request)
            body = content_of(response)
        return Answer(
            response.status_code,
            _CSRF.sub(b"CSRF", body).replace(path.encode(), b"PATH"),
            headers_of(response, path),
            count[0],
            response.headers.get("Location", ""),
        )

    def given(self, route: Route) -> dict[str, Any]:
        """Return the arguments of a request that writes."""
        return body_of(route, self.world, self.more)

    def _user(self, route: Route, actor: str) -> Any:
        if actor in STRANGERS or (route.is_api and actor not in self.world.tokens):
            return AnonymousUser()
        found = self.world.users[actor]
        return User.from_db("default", *_columns(found))


class Callers(Addresses):
    """Browsers and programs: the whole way in, every byte of the answer."""

    def __init__(self, world: MatrixWorld) -> None:
        super().__init__(world)
        self.calls = 0
        self.client = Client(raise_request_exception=False)
        self.cookies = {
            name: signed_in(user).cookies.output(header="", sep=";")
            for name, user in world.users.items()
        }

    def call(
        self, route: Route, method: str, actor: str, relation: str, *, plain: bool = False
    ) -> Answer:
        """Call as an actor; whatever the call writes is undone."""
        self.calls += 1
        path = self.address(route, actor, relation)
        headers = {}
        self.client.cookies = SimpleCookie()
        if route.is_api:
            if token := {"A10": "mvch_matcher"}.get(actor) or self.world.tokens.get(actor):
                headers["authorization"] = f"Token {token}"
        elif actor not in STRANGERS:
            self.client.cookies.load(self.cookies[actor])
        given = {} if method in _SAFE else self.given(route)
        plain |= actor not in _READERS
        with undone(on=self.undoes), counted() as count, plain_pages(on=plain):
            response = self.client.generic(method, path, headers=headers, **given)
            body = content_of(response)
        body = _CSRF.sub(b"CSRF", body).replace(path.encode(), b"PATH")
        return Answer(
            response.status_code,
            body,
            headers_of(response, path),
            count[0],
            response.headers.get("Location", ""),
        )

    def given(self, route: Route) -> dict[str, Any]:
        """Return the arguments of a request that writes."""
        return body_of(route, self.world)


def acting(get_response: Any) -> Any:
    """Set who asks, as sessions and tokens would; the middleware of `Doors`."""

    def middleware(request: Any) -> Any:
        from allauth.account.internal.flows.login import record_authentication
        from django.contrib.messages.storage.cookie import CookieStorage
        from django.contrib.sessions.backends.signed_cookies import SessionStore

        request.user = request.acting
        if request.user.is_authenticated:
            request._force_auth_user = request.user
        request.session = SessionStore()
        if request.user.is_authenticated:
            for shown in ("password", "mfa"):
                record_authentication(request, request.user, method=shown)
        request._messages = CookieStorage(request)
        request._dont_enforce_csrf_checks = True
        return get_response(request)

    return middleware


def content_of(response: Any) -> bytes:
    """Return the body of an answer, streamed or not."""
    return b"".join(response.streaming_content) if response.streaming else response.content


def headers_of(response: Any, path: str) -> tuple[tuple[str, str], ...]:
    """Return the headers of an answer without those that are new every time."""
    return tuple(
        (name, value.replace(path, "PATH"))
        for name, value in sorted(response.headers.items())
        if name not in {"Content-Length", "Set-Cookie"}
    )


@contextmanager
def undone(*, on: bool = True) -> Iterator[None]:
    """Undo what happens inside."""
    if not on:
        yield
        return
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def counted() -> Iterator[list[int]]:
    """Count the statements inside, savepoints too."""
    count = [0]

    def wrapper(execute: Any, *args: Any) -> Any:
        count[0] += 1
        return execute(*args)

    with connection.execute_wrapper(wrapper):
        yield count


@contextmanager
def plain_pages(*, on: bool = True) -> Iterator[None]:
    """Answer the names of templates in place of pages, where only the outcome counts."""
    if not on:
        yield
        return
    real = Template.render
    Template.render = lambda self, context=None, request=None: (  # type: ignore[method-assign]  # noqa: ARG005
        f"{self.template.name} {(context or {}).get('error', '')}"
    )
    try:
        yield
    finally:
        Template.render = real  # type: ignore[method-assign]


def readable(body: bytes) -> str:
    """Return a body as text, the members of archives too."""
    if body[:2] != b"PK":
        return body.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        parts = [archive.read(name) for name in archive.namelist()]
    return "\n".join(part.decode("utf-8", "replace") for part in parts)


def _columns(user: User) -> tuple[list[str], list[Any]]:
    fields = user._meta.concrete_fields
    return [field.attname for field in fields], [getattr(user, f.attname) for f in fields]
