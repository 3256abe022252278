"""A judge's card as its page shows it: which parts tell something, and where its lists lead."""

from typing import Any

import pytest

from annotation.judges.cards.figures import Agreement, Rate, Slice
from annotation.judges.cards.slices import UNSTATED
from annotation.models import Author
from frontend.presenters.judges.judges import Habit, asked, pairs_url, tells, texts

NONE = Rate(None, 0.0, 1.0, 0, 0.0, 0)
BOTH = Agreement(NONE, NONE)


def part(by: str, value: str) -> Slice:
    return Slice(by, value, 10, 2, BOTH, BOTH)


@pytest.mark.parametrize(
    ("values", "told"), [([], False), ([UNSTATED], False), (["1"], False), (["en"], True), (["1", "2"], True)]
)
def test_a_group_is_shown_where_its_parts_say_more_than_the_whole(values: list[str], told: bool) -> None:
    assert tells([part("language", value) for value in values]) is told


@pytest.mark.parametrize(
    ("low", "high", "n", "fair", "off"),
    [
        (0.55, 0.8, 90, 0.5, True),
        (0.1, 0.4, 90, 0.5, True),
        (0.4, 0.6, 90, 0.5, False),
        (0.5, 0.6, 90, 0.5, False),
        (0.9, 1.0, 0, 0.5, False),
        (0.9, 1.0, 90, None, False),
    ],
)
def test_a_habit_is_off_where_its_interval_leaves_out_the_fair_value(
    low: float, high: float, n: int, fair: float | None, off: bool
) -> None:
    assert Habit("The first wins", Rate(0.5, low, high, n, n / 2, n), fair, "").is_off is off


@pytest.mark.parametrize(
    ("by", "value", "query"),
    [
        ("all", "", "disagree=7,people"),
        ("language", "de", "disagree=7,people&language=de"),
        ("gap", "31–200", "disagree=7,people&gap_from=31&gap_to=200"),
        ("gap", "201–", "disagree=7,people&gap_from=201&gap_to="),
        ("domain", "a&b", "disagree=7,people&domain=a%26b"),
    ],
)
def test_the_pairs_of_a_part_are_found_by_the_filters_of_their_list(by: str, value: str, query: str) -> None:
    assert pairs_url(7, part(by, value)).partition("?")[2] == query


def test_agreement_leads_to_its_own_list_and_a_part_that_no_list_narrows_by_to_none() -> None:
    assert "agree=7,people" in pairs_url(7, part("all", ""), "agree")
    assert pairs_url(7, part("weather", "rain")) == ""


def told(**details: Any) -> Author:
    return Author(name="a-judge", kind="judge", details=details)


def test_the_texts_of_a_judge_are_shown_by_name_and_empty_ones_are_not() -> None:
    chats = {"math-v1": {"system": "Be exact.", "user": "{question}"}, "v1": {"system": "", "user": "{answer}"}}
    assert texts(told(system="Judge.", user="", prompts=chats)) == [
        ("System", "Judge."),
        ("math-v1: system", "Be exact."),
        ("math-v1: user", "{question}"),
        ("v1: user", "{answer}"),
    ]
    assert texts(told()) == []


def test_settings_are_told_as_they_were_and_what_stands_elsewhere_is_left_out() -> None:
    judge = told(
        model="gpt-4", settings={"temperature": 0}, samples=3, system="Judge.", title="A", parser="", seed=None
    )
    assert asked(judge) == [("model", "gpt-4"), ("settings", '{"temperature":0}'), ("samples", "3")]
    assert asked(told(both_orders=False)) == [("both_orders", "false")]
