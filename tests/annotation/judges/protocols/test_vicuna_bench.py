"""Vicuna-bench's judge: two scores on the first line, in one order."""

import pytest
from msgspec.structs import replace

from annotation.judges.config.description import Judge, Template
from annotation.judges.protocols import vicuna_bench
from annotation.judges.protocols.answers import Unparsed
from annotation.judges.runs.questions import questions
from annotation.models import Author, Pair, Prompt, Response
from tests.annotation.judges.protocols.calls import call

VICUNA = Judge(
    title="A",
    says="B",
    version=1,
    protocol="vicuna_bench",
    both_orders=False,
    prompts={"general": Template("G", "{question}|{answer_1}|{answer_2}"), "math": Template("M", "{answer_1}")},
)


def test_vicuna_bench_shows_the_baseline_as_assistant_1_and_scores_both() -> None:
    prompt = Prompt(text="q", category="fermi")
    ours, base = (Response(text=name, author=Author(name=name)) for name in ("ours", "base"))
    pair = Pair(prompt=prompt, left=ours, right=base, metadata={"baseline": "base"})
    (question,) = questions(VICUNA, pair)
    assert question.messages[1]["content"] == "q|base|ours"
    prompt.category = "math"
    assert next(questions(VICUNA, pair)).messages[1]["content"] == "base"
    assert vicuna_bench.read(VICUNA, "8 7\nThe first.") == (-1, "The first.", None, (8, 7))
    assert vicuna_bench.combine(VICUNA, [call(scores=[8, 7])]).scores == (8, 7)


def test_an_answer_that_begins_with_words_has_no_scores() -> None:
    with pytest.raises(Unparsed, match="first line is not two scores"):
        vicuna_bench.read(VICUNA, "The first is better.\n8 7")


def test_scores_within_the_margin_are_a_tie() -> None:
    assert vicuna_bench.read(replace(VICUNA, tie_within=1.0), "8 7").grade == 0


def test_a_judge_of_both_orders_asks_twice_whoever_is_the_baseline() -> None:
    ours, base = (Response(text=name, author=Author(name=name)) for name in ("ours", "base"))
    pair = Pair(prompt=Prompt(text="q"), left=ours, right=base, metadata={"baseline": "base"})
    asked = [question.messages[1]["content"] for question in questions(replace(VICUNA, both_orders=True), pair)]
    assert asked == ["q|ours|base", "q|base|ours"]


def test_the_category_of_the_published_question_is_asked_before_our_own() -> None:
    prompt = Prompt(text="q", category="coding", metadata={"category": "math"})
    pair = Pair(prompt=prompt, left=Response(text="a"), right=Response(text="b"))
    assert vicuna_bench.messages(VICUNA, pair, pair.left, pair.right)[0]["content"] == "M"
