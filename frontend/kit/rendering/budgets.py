"""Bounds on what one text and one page may cost.

Time is processor time of this thread. Waiting costs nothing, but where the machine is busy the same work takes more of
it. So a text near its bound may be rendered once and shown as it was written the next time.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import thread_time

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

# Seconds for one text, and how many of them may go into colours. Ordinary prose of 30,000 characters takes a third.
RENDERING = 0.1
HIGHLIGHTING = 0.04
PAGE = 1.5
# Characters that are sent to be unfolded, over all texts of a page.
FOLDED_ON_A_PAGE = 2_000_000

Handler = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


class OverBudget(Exception):
    """A text that costs more than it may; it is shown as it was written."""


class Budget:
    """Processor time from now on."""

    def __init__(self, seconds: float) -> None:
        self.ends = thread_time() + seconds

    @property
    def left(self) -> float:
        return self.ends - thread_time()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What is done meanwhile is done once per process, and not this text's to pay."""
        began = thread_time()
        yield
        self.ends += thread_time() - began

    def check(self) -> None:
        """Raises OverBudget where the time is spent."""
        if self.left < 0:
            raise OverBudget


class PageCost:
    """What the texts of one page have cost so far."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.folded = 0

    @property
    def is_spent(self) -> bool:
        return self.seconds > PAGE

    def may_fold(self, length: int) -> int:
        """How many of these characters the page may still carry; they are counted."""
        allowed = max(0, min(length, FOLDED_ON_A_PAGE - self.folded))
        self.folded += allowed
        return allowed


page: ContextVar[PageCost | None] = ContextVar("page", default=None)


def this_page() -> PageCost:
    """The page that is being made; outside of a request each text is a page of its own."""
    return page.get() or PageCost()


@contextmanager
def new_page() -> Iterator[None]:
    before = page.set(PageCost())
    try:
        yield
    finally:
        page.reset(before)


@sync_and_async_middleware
def page_budget(get_response: Handler) -> Handler:
    """Middleware: each request begins with nothing spent."""

    def in_thread(request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        with new_page():
            return get_response(request)

    async def in_loop(request: HttpRequest) -> HttpResponseBase:
        with new_page():
            response = get_response(request)
            assert isinstance(response, Awaitable)
            return await response

    return in_loop if iscoroutinefunction(get_response) else in_thread
