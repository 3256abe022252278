import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Author, Pair
from tests.annotation.making import author, prompt, response, score

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _responses() -> None:
    for number in range(2):
        of = prompt(f"{number}?")
        for place, name in enumerate(("ann", "ben", "cat")):
            score(response(of, f"By {name}.", name), place)


def run(**options: Any) -> str:
    out = io.StringIO()
    call_command("pair", "a-collection", stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def test_a_dry_run_counts_and_makes_none() -> None:
    assert run(dry_run=True) == "6 pairs of 2 prompts: 6 new, 0 known.\n"
    assert not Pair.objects.exists()


def test_pairs_are_made_once() -> None:
    assert run() == "6 new pairs in a-collection.\n"
    assert run() == "0 new pairs in a-collection.\n"


def test_authors_are_named_as_they_are_called() -> None:
    assert "2 new pairs" in run(strategy="reference", reference="ann", author=["ben"])
    assert "1 new pair " in run(strategy="uncertain", scored_by="a-reward-model", author=["ben", "cat"], limit=1)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"strategy": "reference"}, "reference: Choose the author"),
        ({"strategy": "reference", "reference": "eve"}, "reference: 'eve' is not one of these: ann, ben, cat"),
        ({"strategy": "best_worst", "scored_by": "eve"}, "scored_by: 'eve' is not one of these: a-reward-model"),
        ({"per_prompt": 0}, "per_prompt: 0 is not between 1 and"),
        ({"seed": -1}, "seed: -1 is not between 0 and"),
        ({"source": "x" * 81}, "source: It has at most 80 characters"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(options: dict[str, Any], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        run(**options)
    assert not Pair.objects.exists()


def test_two_authors_of_one_name_are_not_guessed_between() -> None:
    response(prompt("Who?"), "Me.", author("x").name)
    Author.objects.filter(name="x").update(kind="person", name="ann")
    with pytest.raises(CommandError, match="Two authors are called 'ann'"):
        run(author=["ann"])


def test_a_collection_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(CommandError, match=r"no collection 'nowhere'\. There are: a-collection\."):
        call_command("pair", "nowhere")
