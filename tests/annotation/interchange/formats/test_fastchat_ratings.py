"""A judge's points for one turn of an answer."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.interchange.formats.fastchat_ratings import described
from annotation.models import JudgeCall, Response, Score
from tests.annotation.interchange.formats.fastchat_rows import RATING, take

pytestmark = pytest.mark.django_db


def test_a_rating_is_a_score_with_the_judges_text_behind_it(answers: list[Response]) -> None:
    take("fastchat_ratings", RATING, RATING | {"turn": 2, "score": 4, "judgment": "Wrong. [[4]]"})
    assert list(Score.objects.order_by("author__name").values_list("author__name", "value")) == [
        ("fastchat/single · gpt-4 · turn 1", 9),
        ("fastchat/single · gpt-4 · turn 2", 4),
    ]
    call = JudgeCall.objects.order_by("pk").first()
    assert call
    assert (call.response, call.raw, call.scores, call.model) == (answers[0], "Right. [[9]]", [9], "gpt-4")
    assert call.created_at.timestamp() == 1.5


def test_a_rating_of_minus_one_is_no_score_but_a_text_for_a_person(answers: list[Response]) -> None:
    report = take("fastchat_ratings", RATING | {"score": -1, "judgment": "Well."})
    assert (report.tally.added["failures"], "ratings" in report.tally.named) == (1, False)
    assert not Score.objects.exists()
    assert "no rating" in JudgeCall.objects.get(raw="Well.").error


def test_of_two_ratings_the_last_counts_and_the_other_is_counted(answers: list[Response]) -> None:
    report = take("fastchat_ratings", RATING, RATING | {"score": 3, "judgment": "[[3]]"})
    assert (report.tally.added["ratings"], report.tally.known["ratings"]) == (1, 1)
    assert Score.objects.get().value == 3
    assert JudgeCall.objects.count() == 2


def test_a_failure_does_not_replace_a_rating(answers: list[Response]) -> None:
    take("fastchat_ratings", RATING, RATING | {"score": -1, "judgment": "?"})
    assert Score.objects.get().value == 9


def test_a_rating_of_a_model_without_answers_is_refused(answers: list[Response]) -> None:
    report = take("fastchat_ratings", RATING | {"model": "nobody"})
    assert "nobody has no answer to question 81" in report.faults[0].problem


def test_the_same_ratings_twice_add_nothing(answers: list[Response]) -> None:
    take("fastchat_ratings", RATING)
    assert set(take("fastchat_ratings", RATING).tally.added.values()) == {0}


@pytest.mark.parametrize(
    ("change", "field"),
    [({"score": 11}, "score"), ({"score": -2}, "score"), ({"turn": 0}, "turn"), ({"judge": []}, "judge")],
)
def test_a_rating_off_the_scale_is_refused_by_its_field(
    answers: list[Response], change: dict[str, object], field: str
) -> None:
    assert take("fastchat_ratings", RATING | change).faults[0].field == field
    assert not Score.objects.exists()


def test_a_rating_without_a_time_is_dated_by_its_import(answers: list[Response]) -> None:
    take("fastchat_ratings", {key: value for key, value in RATING.items() if key != "tstamp"})
    assert timezone.now() - JudgeCall.objects.get().created_at < timedelta(hours=1)


def test_the_judge_is_described_as_its_own_file_would() -> None:
    judge = described("fastchat/single", "fastchat_single", "gpt-4", 2)
    assert (judge["protocol"], judge["model"], judge["turn"]) == ("fastchat_single", "gpt-4", 2)
    assert judge["known_as"] == "fastchat/single · gpt-4"
