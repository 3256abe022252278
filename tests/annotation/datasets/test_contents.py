"""A version says in one line what it holds."""

import pytest

from annotation.datasets.contents import listed
from annotation.datasets.versions import freeze, freeze_rows
from annotation.models import Version
from annotation.models.datasets import LONGEST_CONTENTS, called
from tests.annotation.making import author, collection, judge, pair, prompt

pytestmark = pytest.mark.django_db


def test_preferences_say_how_many_from_where_and_who_judged() -> None:
    judge(pair("1"), 2, "ann", "person")
    judge(pair("2"), 2, "gpt-4")
    assert freeze("all", "preferences", {}).holds == "2 preferences from a-collection, by people and judges"
    only = freeze("one", "preferences", {"authors": [author("gpt-4", "judge").pk]})
    assert only.holds == "1 preference from a-collection, by gpt-4"


def test_rows_of_a_machine_say_how_many_from_where() -> None:
    asked = prompt()
    row = {"prompt_id": asked.pk, "prompt": asked.messages}
    made = freeze_rows("toys", "prompts", [row], {"made_by": "a program"})
    assert made.holds == "1 prompt from a-collection"
    assert Version.objects.get(called("FROM A-COLL")) == made


def test_a_line_that_is_too_long_is_cut() -> None:
    long = prompt(collection=collection("long", name="Long " * 40))
    made = freeze_rows("toys", "prompts", [{"prompt_id": long.pk, "prompt": long.messages}], {})
    assert len(made.holds) == LONGEST_CONTENTS and made.holds.endswith("…")


@pytest.mark.parametrize(
    ("names", "said"),
    [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c"), (list("abcde"), "a, b and 3 more sets")],
)
def test_few_names_are_all_said_and_many_counted(names: list[str], said: str) -> None:
    assert listed(names, "set") == said
