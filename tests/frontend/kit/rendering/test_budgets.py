"""What one text and one page may cost; what is done once for a process is nobody's to pay."""

from collections.abc import Awaitable
from time import process_time

import pytest
from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from frontend.kit.rendering.budgets import FOLDED_ON_A_PAGE, PAGE, Budget, OverBudget, PageCost, page_budget, this_page
from tests.looping import looped


def work(seconds: float) -> None:
    until = process_time() + seconds
    while process_time() < until:
        pass


def test_work_beyond_the_budget_is_refused() -> None:
    budget = Budget(0.02)
    budget.check()
    work(0.03)
    with pytest.raises(OverBudget):
        budget.check()


def test_what_is_done_while_it_is_paused_costs_nothing() -> None:
    budget = Budget(0.02)
    with budget.paused():
        work(0.03)
    budget.check()
    assert 0 < budget.left <= 0.02


def test_a_page_folds_no_more_characters_than_it_may() -> None:
    page = PageCost()
    assert page.may_fold(FOLDED_ON_A_PAGE - 5) == FOLDED_ON_A_PAGE - 5
    assert [page.may_fold(10), page.may_fold(10)] == [5, 0]
    assert not page.is_spent
    page.seconds = PAGE + 0.1
    assert page.is_spent


def test_each_request_begins_with_nothing_spent(rf: RequestFactory) -> None:
    seen: list[float] = []

    def view(request: HttpRequest) -> HttpResponseBase:
        seen.append(this_page().seconds)
        this_page().seconds += 1.0
        seen.append(this_page().seconds)
        return HttpResponse()

    for _ in range(2):
        page_budget(view)(rf.get("/"))
    assert seen == [0.0, 1.0, 0.0, 1.0]


def test_so_does_one_in_an_event_loop(rf: RequestFactory) -> None:
    async def view(request: HttpRequest) -> HttpResponseBase:
        this_page().folded += 7
        return HttpResponse(str(this_page().folded))

    wrapped = page_budget(view)
    assert iscoroutinefunction(wrapped)

    async def twice() -> list[bytes]:
        found = []
        for _ in range(2):
            answer = wrapped(rf.get("/"))
            assert isinstance(answer, Awaitable)
            found.append((await answer).content)
        return found

    assert looped(twice()) == [b"7", b"7"]


def test_outside_of_a_request_each_text_is_a_page_of_its_own() -> None:
    this_page().seconds += 9.0
    assert this_page().seconds == 0.0
