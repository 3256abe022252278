"""What a judging run cost, and what its button proposes."""

from typing import Any

import pytest

from annotation.judges.config.registry import load
from annotation.judges.runs.forecasts import Figure, Forecast
from frontend.presenters.judges.judge_runs import about, act_of, budget_for, endpoints, of_run
from studio.accounts.models import User
from tests.frontend.machines import run
from training.models import Run

pytestmark = pytest.mark.django_db


def judging(state: str = "succeeded", budget: float = 0.0, **result: Any) -> Run:
    return run("judge", state=state, spec={"settings": {"budget": budget}}, result={"judged": 8} | result)


def shown(of: Run, by: User) -> dict[str, Any]:
    found = of_run(of, by)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("price", "words"),
    [
        (52.6, "$53"),
        (1234.0, "$1,200"),
        (2.4e6, "$2,400,000"),
        (1.234, "$1.20"),
        (9.96, "$10"),
        (0.0342, "$0.034"),
        (9e-05, "$0.00009"),
    ],
)
def test_a_price_is_told_to_two_figures(price: float, words: str) -> None:
    assert about(price) == words


@pytest.mark.parametrize(
    ("price", "budget"),
    [
        (0.0, ""),
        (3.0, "4"),
        (1.0, "1.4"),
        (52.6, "71"),
        (69.7, "93"),
        (1234.0, "1700"),
        (0.0342, "0.046"),
        (9e-05, "0.01"),
    ],
)
def test_a_proposed_budget_is_a_third_more_than_the_forecast_and_never_less(price: float, budget: str) -> None:
    assert budget_for(price) == budget
    assert float(budget or 0) >= price


def test_a_run_that_told_nothing_yet_shows_nothing(lea: User) -> None:
    assert of_run(run("judge", result={}), lea) is None


def test_shares_are_of_what_was_answered_and_of_what_was_judged(lea: User) -> None:
    found = shown(judging(calls=16, unparsed=4, inconsistent=2, cached=8), lea)
    assert (found["failures"].value, found["inconsistent"].value) == (0.25, 0.25)
    assert found["cached"].value == pytest.approx(8 / 24)


def test_a_program_that_asked_nobody_has_no_share_of_answers(lea: User) -> None:
    found = shown(judging(), lea)
    assert (found["failures"].value, found["cached"].value, found["endpoints"]) == (None, None, [])


@pytest.mark.parametrize(
    ("state", "out", "paused"), [("cancelled", True, True), ("cancelled", False, False), ("queued", True, False)]
)
def test_a_run_is_paused_by_its_budget_only_where_that_stopped_it(
    lea: User, state: str, out: bool, paused: bool
) -> None:
    assert shown(judging(state, 5.0, out_of_budget=out), lea)["paused_by_budget"] is paused


def test_twice_the_budget_is_suggested_and_a_cent_at_least(lea: User) -> None:
    assert shown(judging(budget=5.0), lea)["suggested"] == 10.0
    assert shown(judging(budget=0.0), lea)["suggested"] == 0.01
    assert shown(judging(budget=0.0), lea)["budget"] is None


def test_the_next_steps_wait_for_the_end_and_for_a_verdict(lea: User) -> None:
    judge = load("xwin_pair")
    assert judge.author
    told = {"spec": {"settings": {"judge": judge.name}}, "result": {"judged": 8}}
    assert shown(run("judge", state="succeeded", **told), lea)["steps"]
    assert shown(run("judge", state="succeeded", **(told | {"result": {"judged": 0}})), lea)["steps"] == []
    assert shown(run("judge", state="queued", **told), lea)["steps"] == []


def test_each_endpoint_has_its_mean_latency_and_those_that_answered_nothing_are_left_out() -> None:
    spent = {"calls": 4, "price": 0.5, "seconds": 6.0}
    found = endpoints({"west": spent, "": spent | {"calls": 1}, "east": spent | {"calls": 0}})
    assert [(one.name, one.calls, one.latency) for one in found] == [("default", 1, 6.0), ("west", 4, 1.5)]


def forecast(waiting: int, price: float) -> Forecast:
    nothing = Figure(0.0, "counted", "")
    rest = dict.fromkeys(("alike", "cached", "calls", "tokens_in", "tokens_out", "seconds"), nothing)
    return Forecast("a-judge", 9, waiting, waiting, price=nothing._replace(value=price), **rest)


@pytest.mark.parametrize(
    ("waiting", "price", "words"),
    [(4025, 70.4, "Judge 4,025 pairs, about $70"), (1, 0.0, "Judge 1 pair"), (0, 5.0, "")],
)
def test_a_button_says_how_many_and_what_they_cost(waiting: int, price: float, words: str) -> None:
    assert act_of(forecast(waiting, price)) == words


def test_a_proposed_budget_is_no_more_than_is_left_of_the_month() -> None:
    assert (budget_for(30.0, 12.34), budget_for(3.0, 12.0)) == ("12.34", "4")
