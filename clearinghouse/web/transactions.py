"""Each request works in one transaction, which begins by telling the database who asks."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from clearinghouse.access.context import Context, inside, make_context
from clearinghouse.access.logins import Login, use_login
from clearinghouse.registry.queries import state_of, tokens_of
from clearinghouse.shared import clock
from clearinghouse.web.logins import login_of

Next = Callable[[HttpRequest], HttpResponse]


class OneTransaction:
    """Open the context and the transaction of a request.

    A refusal is an answer: what its services had committed stays. An error of ours (500 and above)
    takes everything back. Programs name themselves inside the view: `request.act_as(user)`.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        login = login_of(request.path_info)
        context = context_of(request.user, login)
        named = ExitStack()

        def act_as(user: Any) -> None:
            nonlocal context
            context = context_of(user, login, request=context.request)
            named.enter_context(inside(context))

        # A test's transaction runs already, and goes on after the answer.
        outside = not connection.in_atomic_block
        request.act_as = act_as  # type: ignore[attr-defined]
        with _working(context), named:
            response: HttpResponseBase = self.get_response(request)
            if response.status_code >= 500 and outside:
                transaction.set_rollback(True)
        if response.streaming:
            pieces = response.streaming_content  # type: ignore[attr-defined]
            response.streaming_content = _within(context, pieces)  # type: ignore[attr-defined]
        return response


def context_of(user: Any, login: Login, *, request: str = "") -> Context:
    """Describe who asks: account, roles, office and the shield tokens of the office's state."""
    state = state_of(user) if user.is_authenticated else None
    return make_context(
        user,
        state=state.pk if state else None,
        tokens=tokens_of(user) if user.is_authenticated else (),
        now=clock.now(),
        request=request,
        login=login.value,
    )


@contextmanager
def _working(context: Context) -> Iterator[None]:
    with use_login(Login(context.login)), inside(context), transaction.atomic(savepoint=False):
        yield


def _within(context: Context, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Read a streamed answer in a transaction of its own: the request's has ended."""
    with _working(context):
        yield from pieces
