"""A project's limit for a month: nobody who asks a judge goes beyond it, alone or at once with others."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import msgspec
import pytest
from django.utils import timezone

from annotation.judges.config.registry import Judge, Price, load
from annotation.judges.runs import over_pairs
from annotation.judges.runs.monthly_budget import Allowance, MonthBudget, this_month
from annotation.judges.runs.outcomes import Purpose
from annotation.judges.runs.trial import try_out
from annotation.models import JudgeCall, JudgeSpending, Pair, ProjectDefaults
from studio.projects.models import Project
from studio.projects.scope import inside
from tests.annotation.judges.endpoint import Endpoint, serving
from tests.annotation.making import collection, pair

pytestmark = pytest.mark.django_db
AtOnce = Callable[[int, Callable[[int], object]], None]


@pytest.fixture
def endpoint(settings: Any) -> Iterator[Endpoint]:
    with serving(Endpoint(verdict=lambda first, second: "Verdict: A+" if "Seven" in first else "Verdict: B+")) as one:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = one.address, "sk-test"
        one.seconds = 0.02
        yield one


@pytest.fixture
def dear() -> Judge:
    """A dollar for each answer, and no more."""
    price, settings = Price(input=0, output=1e5), {"max_tokens": 10}
    return msgspec.structs.replace(load("xwin_pair"), price=price, settings=settings)


def limited(dollars: float | None) -> None:
    ProjectDefaults.objects.update_or_create(defaults={"monthly_budget": dollars})


def pairs(count: int, of: str = "a-collection") -> Any:
    for n in range(count):
        pair(f"Name {n} primes of {of}.", collection=collection(of))
    return Pair.objects.filter(collection__slug=of)


def run(number: int = 1, **more: Any) -> Purpose:
    return Purpose(f"run {number}", timezone.now(), **more)


@pytest.mark.parametrize(
    ("limit", "spent", "paid", "at_most"),
    [
        (0.29, 0.0, 0.0, 0.29),
        (12.349, 0.0, 0.0, 12.34),
        (10.0, 12.0, 3.5, 3.5),
        (1.0, 0.996, 0.0, 0.0),
        (1e9, 0, 0, 1e9),
    ],
)
def test_the_highest_budget_is_what_is_left_in_whole_cents(
    limit: float, spent: float, paid: float, at_most: float
) -> None:
    assert MonthBudget(date(2026, 11, 1), limit, spent, reserved=0.0).at_most(paid) == at_most


def test_a_run_stops_where_the_month_ends_and_says_what_to_do(endpoint: Endpoint, dear: Judge) -> None:
    limited(7.5)
    outcome = over_pairs.judge_pairs(dear, pairs(10), purpose=run())
    assert (outcome.price, len(endpoint.asked)) == (7.0, 7)
    assert outcome.out_of_budget and outcome.out_of_month
    assert "$0.50 of the project's $7.50 is left for" in outcome.stopped
    assert "or ask a lead to raise the limit under This project → Defaults" in outcome.stopped
    assert (this_month().spent, this_month().reserved) == (7.0, 0.0)


def test_it_goes_on_once_the_limit_is_higher(endpoint: Endpoint, dear: Judge) -> None:
    limited(4.0)
    all_of_them, purpose = pairs(3), run()
    assert over_pairs.judge_pairs(dear, all_of_them, purpose=purpose).out_of_month
    limited(6.0)
    assert over_pairs.judge_pairs(dear, all_of_them, purpose=purpose).judged == 3
    assert this_month().left == 0.0


def test_what_trials_and_runs_without_a_name_cost_counts_too(endpoint: Endpoint, dear: Judge) -> None:
    limited(5.0)
    assert "bears no further question" in try_out(dear, pairs(5)).stopped
    assert over_pairs.judge_pairs(dear, pairs(2, "others")).calls == 0
    assert this_month().spent == 5.0 == len(endpoint.asked)


def test_the_runs_own_budget_is_named_where_that_is_spent_first(endpoint: Endpoint, dear: Judge) -> None:
    limited(50.0)
    outcome = over_pairs.judge_pairs(dear, pairs(5), purpose=run(budget=2.0))
    assert outcome.stopped == "The budget of $2.00 is spent" and not outcome.out_of_month
    assert this_month().left == 48.0


@pytest.mark.django_db(transaction=True)
def test_runs_at_once_stay_within_it_together(endpoint: Endpoint, dear: Judge, at_once: AtOnce) -> None:
    limited(20.0)
    given = [pairs(12, f"set-{number}") for number in range(3)]
    dear.author  # noqa: B018  # Made by one, not by all at once.
    at_once(3, lambda number: over_pairs.judge_pairs(dear, given[number], purpose=run(number)))
    month = this_month()
    assert month.spent == len(endpoint.asked) == JudgeCall.objects.count()
    assert 17.0 <= month.spent <= 20.0 and month.reserved == 0.0


@pytest.mark.django_db(transaction=True)
def test_whoever_asks_at_once_is_granted_no_more_than_there_is(at_once: AtOnce) -> None:
    limited(10.0)
    granted: list[bool] = []
    at_once(8, lambda number: granted.append(Allowance(f"run {number}").covers(3.0)))
    assert 2 <= sum(granted) <= 3 and this_month().reserved <= 10.0


def test_a_run_that_was_killed_takes_up_what_it_had_reserved() -> None:
    limited(10.0)
    Allowance("run 1", resumed=True).covers(8.0)
    assert not Allowance("run 2").covers(3.0)
    again = Allowance("run 1", resumed=True)
    assert again.covers(8.0)
    again.release()
    assert Allowance("run 2").covers(3.0)


def test_a_new_month_begins_with_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    limited(10.0)
    JudgeSpending.objects.create(month=date(2026, 11, 1), asked_for="run 1", spent=9.5)
    today = [datetime(2026, 11, 30, tzinfo=timezone.get_current_timezone())]
    monkeypatch.setattr(timezone, "now", lambda: today[0])
    allowance = Allowance("run 1", resumed=True)
    assert not allowance.covers(1.0) and "Wait until 1 December 2026" in allowance.refusal
    today[0] = datetime(2026, 12, 1, tzinfo=timezone.get_current_timezone())
    assert allowance.covers(1.0) and JudgeSpending.objects.get(month=date(2026, 12, 1)).reserved >= 1.0


def test_another_project_has_its_own(endpoint: Endpoint, dear: Judge) -> None:
    limited(0.5)
    with inside(Project.objects.create(slug="other", name="Other").pk):
        assert over_pairs.judge_pairs(dear, pairs(2), purpose=run()).judged == 2
        assert (this_month().limit, this_month().spent) == (None, 4.0)
    assert this_month().spent == 0.0


def test_a_program_costs_nothing_and_is_never_stopped_by_it() -> None:
    limited(0.0)
    assert over_pairs.judge_pairs(load("rubric_one"), pairs(2), purpose=run()).done == 2
    assert not JudgeSpending.objects.exists()
