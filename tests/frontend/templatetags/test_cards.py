"""Figures of a judge's card."""

from typing import Any

import pytest

from annotation.judges.cards.figures import Agreement, Rate, Slice
from annotation.judges.cards.slices import UNSTATED
from frontend.templatetags import cards

RATE = Rate(0.75, 0.6, 0.85, 40, 30.0, 12)
NONE = Rate(None, 0.0, 1.0, 0, 0.0, 0)


def part(by: str, value: str) -> Slice:
    return Slice(by, value, 10, 2, Agreement(NONE, NONE), Agreement(NONE, NONE))


@pytest.mark.parametrize("found", [RATE, {name: getattr(RATE, name) for name in RATE.__struct_fields__}])
def test_a_rate_says_its_interval_its_n_and_its_prompts(found: Any) -> None:
    shown = cards.rate(found, "Ties count.")
    assert (shown["value"], shown["bounds"], shown["n"]) == ("75.0", "60.0–85.0", 40)
    assert shown["how"] == "Ties count. Over 12 prompts."


@pytest.mark.parametrize("found", [None, NONE])
def test_what_was_never_counted_is_a_dash_without_an_interval(found: Rate | None) -> None:
    shown = cards.rate(found)
    assert (shown["value"], shown["bounds"], shown["n"]) == (None, "", None)


def test_a_rate_is_drawn_on_the_axis_of_shares() -> None:
    assert cards.drawn(RATE)["point"] == 75.0
    assert "point" not in cards.drawn(None) and "point" not in cards.drawn(NONE)


@pytest.mark.parametrize(
    ("by", "value", "name"),
    [
        ("turns", "1", "1 turn"),
        ("turns", "3", "3 turns"),
        ("gap", "31–200", "31–200 characters"),
        ("language", "de", "de"),
        ("language", UNSTATED, "not stated"),
    ],
)
def test_a_part_is_named_in_words(by: str, value: str, name: str) -> None:
    assert cards.part_name(part(by, value)) == name


def test_a_part_leads_to_the_pairs_on_which_people_and_the_judge_disagree() -> None:
    assert cards.disagree_url(part("language", "de"), 7).endswith("?disagree=7,people&language=de")
