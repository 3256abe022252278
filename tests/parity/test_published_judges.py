"""Judges of published figures: what they would be asked here, and what their stored answers say here."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from annotation.judges import protocols
from annotation.judges.config import registry
from annotation.judges.config.description import Judge
from annotation.judges.protocols.answers import ParsedAnswer, Unparsed
from annotation.judges.runs.questions import Question, questions, questions_about
from annotation.models import Author, Pair, Prompt, Response, Shown

BASELINE, MODEL = "a-baseline", "a-model"


@pytest.fixture(autouse=True)
def _published(data: Path, settings: Settings) -> None:
    settings.ALPACA_EVAL_CONFIGS = str(data / "alpaca_eval" / "evaluators_configs")
    settings.FASTCHAT_PROMPTS = str(data / "mt_bench" / "judge_prompts.jsonl")
    settings.VICUNA_PROMPTS = str(data / "vicuna_bench" / "prompt.jsonl")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def compared(prompt: Prompt, first: Response, second: Response, baseline: str = BASELINE) -> Pair:
    """Left is the baseline's, unless it is said otherwise."""
    first.author, second.author = Author(name=BASELINE), Author(name=MODEL)
    return Pair(prompt=prompt, left=first, right=second, metadata={"baseline": baseline})


def said(judge: Judge, question: Question, raw: str, logprobs: Any = None) -> ParsedAnswer | None:
    """Left to right."""
    try:
        read = protocols.of(judge).read(judge, raw, logprobs)
    except Unparsed:
        return None
    return read if question.shown == Shown.LEFT_FIRST else read.turned()


# AlpacaEval


def annotated(data: Path, name: str) -> Iterator[tuple[dict[str, Any], Pair]]:
    for row in json.loads((data / "alpaca_eval" / f"{name}.json").read_text()):
        prompt = Prompt(messages=[{"role": "user", "content": row["instruction"]}], text=row["instruction"])
        yield row, compared(prompt, Response(text=row["output_1"]), Response(text=row["output_2"]))


def published_chat(template: str, row: dict[str, Any], is_switched: bool) -> str:
    """As AlpacaEval fills it: the first occurrence of each place, one after the other."""
    one, two = (row["output_2"], row["output_1"]) if is_switched else (row["output_1"], row["output_2"])
    filled = template.replace("{output_1}", one, 1).replace("{output_2}", two, 1)
    return filled.replace("{instruction}", row["instruction"], 1)


@pytest.mark.parametrize(
    ("name", "model", "annotations", "sent"),
    [
        ("alpaca_eval_gpt4", "gpt-4", "annotations_ae1/vicuna-13b", {"max_tokens": 100, "temperature": 0}),
        (
            "weighted_alpaca_eval_gpt4_turbo",
            "gpt-4-1106-preview",
            "annotations_ae2/vicuna-13b",
            {"max_tokens": 1, "temperature": 1, "logprobs": True, "top_logprobs": 5},
        ),
    ],
)
def test_alpaca_evals_805_questions_are_the_published_ones(
    data: Path, name: str, model: str, annotations: str, sent: dict[str, Any]
) -> None:
    judge, switched = registry.load(f"alpaca_eval/{name}"), Counter[bool]()
    for row, pair in annotated(data, annotations):
        (question,) = questions(judge, pair)
        is_switched = question.shown == Shown.RIGHT_FIRST
        switched[is_switched] += 1
        assert [turn["role"] for turn in question.messages] == ["system", "user"]
        chat = "\n".join(f"<|im_start|>{turn['role']}\n{turn['content']}\n<|im_end|>" for turn in question.messages)
        assert chat == published_chat(judge.user, row, is_switched).strip()
        assert question.settings == sent
    assert switched == {True: 406, False: 399}
    assert (judge.model, judge.author_name) == (model, name)


def test_the_drawn_order_follows_the_baseline_and_not_the_side_on_which_it_lies(data: Path) -> None:
    judge = registry.load("alpaca_eval/alpaca_eval_gpt4")
    for row, pair in annotated(data, "annotations_ae1/vicuna-13b"):
        other = compared(pair.prompt, Response(text=row["output_2"]), Response(text=row["output_1"]), MODEL)
        assert next(questions(judge, pair)).messages == next(questions(judge, other)).messages


@pytest.mark.parametrize("model", ["vicuna-13b", "alpaca-7b"])
def test_every_stored_log_probability_reads_as_the_published_preference(data: Path, model: str) -> None:
    judge, read = registry.load("alpaca_eval/weighted_alpaca_eval_gpt4_turbo"), 0
    for row, pair in annotated(data, f"annotations_ae2/{model}"):
        if row["raw_completion"] is None:
            assert row["output_1"] == row["output_2"]
            continue
        (question,) = questions(judge, pair)
        first_token = row["raw_completion"]["logprobs"]["content"][0]
        found = said(judge, question, first_token["token"], first_token["top_logprobs"])
        assert found and found.preference is not None
        assert 1 + found.preference == pytest.approx(row["preference"], abs=1e-9)
        read += 1
    assert read == {"vicuna-13b": 803, "alpaca-7b": 802}[model]


# MT-bench


def mt_questions(bench: Path) -> dict[int, Prompt]:
    references = {row["question_id"]: row for row in lines(bench / "reference_answer" / "gpt-4.jsonl")}
    found = {}
    for row in lines(bench / "question.jsonl"):
        known = references.get(row["question_id"])
        metadata = {"turns": row["turns"], "question_id": row["question_id"], "category": row["category"]}
        if known:
            metadata["reference"] = known["choices"][0]["turns"]
        messages = [{"role": "user", "content": row["turns"][0]}]
        found[row["question_id"]] = Prompt(messages=messages, text=row["turns"][0], metadata=metadata)
    return found


def answers(bench: Path, model: str) -> dict[int, Response]:
    rows = lines(bench / "model_answer" / f"{model}.jsonl")
    return {row["question_id"]: Response(metadata={"turns": row["choices"][0]["turns"]}) for row in rows}


def test_every_stored_rating_was_asked_for_in_the_words_of_this_judge_and_reads_as_it_was_read(data: Path) -> None:
    bench = data / "mt_bench"
    asked, given = mt_questions(bench), answers(bench, "llama2_chat_7b")
    judged = lines(bench / "model_judgment" / "llama2_chat_7b_gpt-4_single.jsonl")
    for row in judged:
        judge, response = registry.load("fastchat/single").at_turn(row["turn"]), given[row["question_id"]]
        response.prompt = asked[row["question_id"]]
        (question,) = questions_about(judge, response)
        assert question.messages[1]["content"] == row["user_prompt"]
        found = said(judge, question, row["judgment"])
        assert found and found.scores == (row["score"], None)
    assert len(judged) == 160


def test_every_stored_game_was_asked_for_in_the_words_of_this_judge_and_reads_as_it_was_read(data: Path) -> None:
    bench = data / "mt_bench"
    asked = mt_questions(bench)
    first, second = answers(bench, "phi-3"), answers(bench, "phi-3-dpo")
    winners = Counter[str]()
    for row in lines(bench / "model_judgment" / "phi3_gpt-4_pair.jsonl"):
        number, judge = row["question_id"], registry.load("fastchat/pair").at_turn(row["turn"])
        games = list(questions(judge, compared(asked[number], first[number], second[number])))
        assert [game.shown for game in games] == [Shown.LEFT_FIRST, Shown.RIGHT_FIRST]
        for game, which in zip(games, ("g1", "g2"), strict=True):
            assert game.messages[1]["content"] == row[f"{which}_user_prompt"]
            found = said(judge, game, row[f"{which}_judgment"])
            winner = {None: "error", -2: "model_1", 0: "tie", 2: "model_2"}[found and found.grade]
            assert winner == row[f"{which}_winner"]
            winners[winner] += 1
    # Three games of two questions.
    assert winners["error"] == 3 and winners.total() == 150


def test_mt_benchs_judges_have_a_name_for_each_turn() -> None:
    judge = registry.load("fastchat/single")
    assert judge.at_turn(2).author_name == "fastchat/single · gpt-4 · turn 2"
    assert judge.settings == {"temperature": 0, "max_tokens": 2048}
    assert registry.load("fastchat/pair-v2-multi-turn").turn == 2


# Vicuna-bench


def test_vicuna_benchs_reviews_read_as_they_were_read_but_three_that_a_person_entered(data: Path) -> None:
    bench = data / "vicuna_bench"
    judge, unread = registry.load("fastchat/vicuna"), []
    asked = {row["question_id"]: row for row in lines(bench / "question.jsonl")}
    given = [
        {row["question_id"]: row for row in lines(bench / f"answer_{name}.jsonl")} for name in ("gpt35", "vicuna-13b")
    ]
    for row in lines(bench / "review_gpt35_vicuna-13b.jsonl"):
        number = row["question_id"]
        category, text = asked[number]["category"], asked[number]["turns"][0]
        one, two = (Response(text=answer[number]["text"]) for answer in given)
        (question,) = questions(judge, compared(Prompt(text=text, category=category), one, two))
        assert_is_the_prompt_of(category, question.messages[1]["content"])
        found = said(judge, question, row["text"])
        if found is None:
            unread.append(number)
        else:
            assert found.scores == tuple(row["score"])
    assert unread == [68, 69, 70]
    assert judge.settings == {"temperature": 0.2, "max_tokens": 1024}


def assert_is_the_prompt_of(category: str, text: str) -> None:
    said = {"coding": "evaluate the coding abilities", "math": "mathematical proficiency"}
    assert said.get(category, "helpfulness, relevance, accuracy") in text
    assert "{" not in text.split("[System]")[1]
