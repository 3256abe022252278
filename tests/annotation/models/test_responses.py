"""A response is known by prompt, author and text; a score by response and author."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from annotation.models import Author, Response
from tests.annotation.making import author, prompt, response, score

pytestmark = pytest.mark.django_db


def test_the_same_text_by_the_same_author_is_one_response_and_by_another_a_second() -> None:
    of = prompt()
    response(of, "Seven.")
    response(of, "Seven.", by="another")
    with pytest.raises(IntegrityError, match="response_once"), transaction.atomic():
        response(of, "Seven.")


def test_its_length_is_in_characters_and_follows_the_text() -> None:
    made = response(prompt(), "漢字🙂")
    assert made.length == 3
    made.text = "Seven."
    made.save()
    assert (made.length, Response.objects.get().digest) == (6, made.digest)


def test_one_author_scores_a_response_once() -> None:
    made = response(prompt())
    score(made, 1.0)
    with pytest.raises(IntegrityError, match="score_once"), transaction.atomic():
        score(made, 2.0)


def scores(rater: Author | int | None) -> list[float | None]:
    rows: Any = Response.objects.scored_by(rater)
    return [row.score for row in rows]


def test_a_score_is_that_of_the_author_who_is_named_or_none() -> None:
    made = response(prompt())
    score(made, 1.5, "rm")
    score(made, -1.0, "other rm")
    rm = author("rm", "reward_model")
    assert scores(rm) == scores(rm.pk) == [1.5]
    assert scores(None) == [None]
