"""The judges that a form offers: in which order, at which price, and why one cannot be asked."""

from typing import Any

import pytest
from django.utils import timezone
from msgspec.structs import replace

from annotation.judges.config.description import Judge, Price
from annotation.judges.config.registry import load
from annotation.models import JudgeCard
from frontend.presenters.judges.judge_choices import JudgeChoice, access, choices
from tests.annotation.making import author

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def keyed(settings: Any) -> None:
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "sk-test", "https://judges.example:8443/v1"


def named(name: str, **fields: Any) -> Judge:
    return replace(load("xwin_pair"), name=name, **fields)


def test_the_proposed_one_is_first_then_those_that_can_be_asked_and_published_ones_last() -> None:
    judges = [named("z"), named("alpaca_eval/a"), named("a", endpoint="nowhere"), named("xwin_pair"), named("b")]
    assert [one.judge.name for one in choices(judges)] == ["xwin_pair", "b", "z", "a", "alpaca_eval/a"]


def test_one_whose_pool_has_no_endpoint_says_why_and_a_program_needs_none(settings: Any) -> None:
    settings.OPENAI_API_KEY = ""
    faults = {one.judge.name: one.fault for one in choices([named("mine"), load("rubric_one")])}
    assert "OPENAI_API_KEY" in faults["mine"] and faults["rubric_one"] == ""


@pytest.mark.parametrize(
    ("judge", "price"),
    [
        (load("rubric_one"), "free: a program of the studio"),
        (named("n", price=Price()), "no price known"),
        (named("p", price=Price(input=0.125, output=10)), "$0.125 in, $10.00 out for a million tokens"),
    ],
)
def test_a_price_in_words(judge: Judge, price: str) -> None:
    assert JudgeChoice(judge, None, "").price == price


def test_how_far_people_agree_comes_from_its_card() -> None:
    judge = load("rubric_one")
    figures = {"agreement": {"people": {"with_ties": {"estimate": 0.7, "n": 40}}}}
    counted = {"n_judged": 1, "newest": 1, "newest_of_people": 0, "made_at": timezone.now()}
    JudgeCard.objects.create(author=author(judge.author_name, "judge"), figures=figures, **counted)
    (one,) = choices([judge])
    assert one.agrees == {"estimate": 0.7, "n": 40}


def test_where_questions_go_is_told_without_the_key() -> None:
    found = access()
    assert (found.hosts, found.fault) == (["judges.example:8443"], "") and "sk-test" not in repr(found)


def test_without_a_key_it_is_told_what_to_do(settings: Any) -> None:
    settings.OPENAI_API_KEY = ""
    assert access().hosts == [] and "set OPENAI_API_KEY" in access().fault
