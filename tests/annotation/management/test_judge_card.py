"""`manage.py judge_card`: the card of a judge in words or as JSON."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Author
from tests.annotation.judges.cards.judged import world
from tests.annotation.making import author, judge, pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def one() -> Author:
    world()
    return author("judge one", "judge")


def said(name: str) -> list[str]:
    sink = StringIO()
    call_command("judge_card", name, stdout=sink)
    return sink.getvalue().splitlines()


def test_the_command_prints_the_card_or_the_names_that_it_knows(one: Author) -> None:
    sink = StringIO()
    call_command("judge_card", "judge one", "--json", stdout=sink)
    assert json.loads(sink.getvalue())["judge"] == one.pk
    call_command("judge_card", "judge one", stdout=sink)
    assert "agreement with people" in sink.getvalue()
    with pytest.raises(CommandError, match="judge two"):
        call_command("judge_card", "judge three")


def test_without_a_name_the_judges_are_listed_and_where_there_is_none_that_is_said() -> None:
    with pytest.raises(CommandError, match="none yet"):
        call_command("judge_card")
    author("gpt-4", "judge"), author("ann", "person")
    with pytest.raises(CommandError, match="gpt-4") as listed:
        call_command("judge_card")
    assert "ann" not in str(listed.value)


def test_a_rate_is_said_with_its_interval_its_n_and_its_prompts() -> None:
    for number in range(4):
        of = pair(f"{number}?")
        judge(of, 2, "gpt-4"), judge(of, 1 if number else -1, "ann", "person")
    lines = said("gpt-4")
    assert lines[1] == "4 pairs judged, 0 of them without a verdict"
    (agreement,) = [line for line in lines if "agreement with people" in line]
    assert " 75.0%  (" in agreement and agreement.endswith("n = 4 over 4 prompts)")


def test_what_was_never_counted_is_said_to_be_nothing_to_count() -> None:
    judge(pair(), None, "gpt-4")
    lines = said("gpt-4")
    assert lines[1] == "1 pair judged, 1 of them without a verdict"
    assert any(line.endswith("nothing to count") for line in lines) and lines[-1] == "Its price is not known"


def test_a_known_price_is_told_for_a_thousand_pairs() -> None:
    judge(pair(), 1, "gpt-4", details={"price": 0.01})
    assert said("gpt-4")[-1] == "$10.00 for a thousand pairs"
