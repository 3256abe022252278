"""Vicuna-bench's published totals of gpt-3.5-turbo against vicuna-13b."""

from pathlib import Path

import pytest

from annotation.judges.config.published.fastchat import first_line_scores
from training.evaluation.figures.records import read
from training.evaluation.figures.vicuna_bench import REMEDY, Review, figures


@pytest.fixture
def reviews(data: Path) -> list[Review]:
    return list(read(data / "vicuna_bench" / "review_gpt35_vicuna-13b.jsonl", Review, REMEDY))


def test_totals_are_the_published_ones(reviews: list[Review]) -> None:
    found = figures(reviews)
    assert (found["score_1"], found["score_2"], found["n"]) == (693.0, 638.0, 80)
    assert found["relative_score"] == pytest.approx(92.1, abs=0.05)


def test_the_three_mathematics_reviews_need_a_person(reviews: list[Review]) -> None:
    assert [review.question_id for review in reviews if review.unparsed] == [68, 69, 70]
    assert (figures(reviews)["unparsed"], figures(reviews)["unparsed_scored_by_hand"]) == (3, 3)


def test_every_other_score_is_read_from_the_first_line(reviews: list[Review]) -> None:
    parsed = [review for review in reviews if not review.unparsed]
    assert [first_line_scores(review.text) for review in parsed] == [review.score for review in parsed]
