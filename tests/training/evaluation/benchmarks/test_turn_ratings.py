"""Points for both turns, asked for or imported: what is missing is named, what failed is counted."""

from collections.abc import Callable
from typing import Any

import pytest

from annotation.models import Author, Collection, JudgeCall, Prompt, Response, Score
from training.evaluation.benchmarks.participants import Participants
from training.evaluation.benchmarks.turn_ratings import points_of, rating_figures, rating_of
from training.evaluation.benchmarks.two_turns import TwoTurnRun
from training.models import Run
from training.runs.failures import RunFailed

pytestmark = pytest.mark.django_db


class NoProgress:
    def begin(self, whole: int) -> None: ...


@pytest.fixture
def bench(collection: Collection, make_run: Callable[..., Run]) -> TwoTurnRun:
    """Two questions of two turns, answered by one model; ratings of both turns come from files."""
    model, prompts = Author.objects.create(name="m", kind="model"), []
    for number in range(2):
        asked = [f"Name prime {number}.", "Another?"]
        messages = [{"role": "user", "content": asked[0]}]
        prompts.append(
            Prompt.objects.create(collection=collection, messages=messages, category="math", metadata={"turns": asked})
        )
    answers = {
        one.pk: Response.objects.create(prompt=one, author=model, text="Two.", metadata={"turns": ["Two.", "Three."]})
        for one in prompts
    }
    signed = [Author.objects.create(name=f"gpt-4 · turn {turn}", kind="judge") for turn in (1, 2)]
    run = make_run(kind="benchmark", spec={"settings": {"partial": False, "benchmark": "mt_bench"}})
    participants = Participants(collection, [model], None, None, signed[0])
    judges: Any = {turn: (None, by) for turn, by in zip((1, 2), signed, strict=True)}
    return TwoTurnRun(run, participants, None, {one.pk: one for one in prompts}, {model: answers}, judges)  # type: ignore[arg-type]


def rate(bench: TwoTurnRun, question: int, turn: Any, value: float | None) -> Score | JudgeCall:
    response = list(bench.answered[author(bench)].values())[question]
    by = bench.judges[turn][1]
    if value is not None:
        return Score.objects.create(response=response, author=by, value=value)
    return JudgeCall.objects.create(response=response, author=by, shown="left_first", prompt_digest="d", error="No.")


def author(bench: TwoTurnRun) -> Author:
    return bench.participants.authors[0]


def points(bench: TwoTurnRun, turn: Any = 1) -> list[float | None]:
    found = points_of(bench, turn, author(bench), NoProgress())  # type: ignore[arg-type]
    return [found.get(pk, -99) for pk in sorted(bench.questions)]


def test_points_are_those_of_the_turns_own_judge(bench: TwoTurnRun) -> None:
    for question, (first, second) in enumerate([(9.0, 4.0), (7.0, 2.0)]):
        rate(bench, question, 1, first), rate(bench, question, 2, second)
    assert (points(bench, 1), points(bench, 2)) == ([9.0, 7.0], [4.0, 2.0])


def test_a_rating_that_could_not_be_read_is_there_and_has_no_points(bench: TwoTurnRun) -> None:
    rate(bench, 0, 1, 9.0), rate(bench, 1, 1, None)
    assert points(bench) == [9.0, None]


def test_what_a_judge_that_cannot_be_asked_did_not_rate_is_counted_with_what_to_do(bench: TwoTurnRun) -> None:
    rate(bench, 0, 1, 9.0)
    with pytest.raises(RunFailed, match="has rated 1 of 2 answers of m, and cannot be asked.*fastchat_ratings"):
        points(bench)


def test_where_a_part_will_do_what_is_missing_is_left_out(bench: TwoTurnRun) -> None:
    bench.run.spec["settings"]["partial"] = True
    rate(bench, 0, 1, 9.0)
    assert points(bench) == [9.0, -99]


def test_a_question_stands_with_the_mean_of_the_turns_that_have_points() -> None:
    response = Response(text="Two.")
    both, half, none = (
        rating_of(7, response, {1: {7: first}, 2: {7: second}})
        for first, second in ((9.0, 4.0), (9.0, None), (None, None))
    )
    assert (both.value, half.value, none.value) == (6.5, 9.0, None)
    assert both.details == {"turn_1": 9.0, "turn_2": 4.0}


def test_a_question_of_one_turn_has_one_rating() -> None:
    found = rating_of(7, Response(text="Two."), {1: {7: 9.0}, 2: {8: 4.0}})
    assert (found.value, found.details) == (9.0, {"turn_1": 9.0})


def test_figures_are_means_over_all_ratings_and_name_the_failed(bench: TwoTurnRun) -> None:
    one, other = sorted(bench.questions)
    found = rating_figures(bench, author(bench), {1: {one: 9.0, other: 7.0}, 2: {one: 2.0, other: None}})
    assert (found.value, found.n, found.failed) == (6.0, 3, 1)
    assert (found.figures["turn_1"], found.figures["turn_2"], found.figures["mode"]) == (8.0, 2.0, "single")
    assert found.mean_length == len("Two.Three.")


def test_no_rating_at_all_is_refused_by_the_judges_name(bench: TwoTurnRun) -> None:
    with pytest.raises(RunFailed, match=r"^gpt-4 has rated none of the answers of m\.$"):
        rating_figures(bench, author(bench), {1: {}, 2: {}})
    with pytest.raises(RunFailed, match="no rating could be parsed"):
        rating_figures(bench, author(bench), {1: dict.fromkeys(bench.questions), 2: {}})
