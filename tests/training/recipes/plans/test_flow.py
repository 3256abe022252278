"""Rows and tokens through the stages of a recipe, against what one adds up by hand."""

from typing import Any

import pytest

from training.recipes.plans.flow import ORDERS, Rows, flow
from training.recipes.stages import Asked, CheckpointOf, Given, Pipeline, Stage, StageOutput, StageVersion
from training.recipes.xwin import XwinOptions, build

PROMPTS = Rows(900, 900, prompt=50, response=200)
SAMPLE = Stage(
    "samples",
    "sample",
    {"draws": [{"name": "set", "n": 64, "first": 300, "limit": 500}], "max_tokens": 1024},
    inputs={"prompts": Given("prompts")},
)


def test_a_draw_makes_so_many_rows_of_so_many_prompts_and_reads_each_prompt_once() -> None:
    made = flow(Pipeline({}, (SAMPLE,)), {"prompts": PROMPTS})["samples"]
    assert made is not None
    assert (made.reads, made.makes, made.generated, made.read_tokens) == (900, 32_000, 32_000 * 200, 500 * 50)


def test_no_draw_answers_more_prompts_than_there_are_left() -> None:
    draws = {"draws": [{"name": "rest", "n": 2, "first": 800, "limit": 500}]}
    made = flow(Pipeline({}, (Stage("s", "sample", draws, inputs=SAMPLE.inputs),)), {"prompts": PROMPTS})["s"]
    assert made is not None and made.makes == 200


def test_pairs_are_made_of_each_prompt_and_asked_in_both_orders() -> None:
    settings = {"judge": Given("judge"), "per_prompt": 4, "test_share": 0.1}
    judge = Stage("judge", "judge", settings, inputs={"responses": StageOutput("samples", "set.jsonl")})
    reward = Stage("rm", "reward", {"epochs": 2}, inputs={"train": StageVersion("judge", "preferences")})
    works = flow(Pipeline({}, (SAMPLE, judge, reward)), {"prompts": PROMPTS})
    judged, trained = works["judge"], works["rm"]
    assert judged and (judged.makes, judged.questions) == (2000, ORDERS * 2000)
    assert judged.question_tokens == ORDERS * 2000 * (50 + 2 * 200)
    assert trained and trained.trained == pytest.approx(2000 * 0.9 * 2 * 2 * 250)


@pytest.mark.parametrize(
    ("kind", "chosen", "tokens"),
    [
        ("sft", {"epochs": 3}, 900 * 3 * 250),
        ("sft", {"epochs": 3, "max_length": 100}, 900 * 3 * 100),
        ("dpo", {"epochs": 1}, 900 * 2 * 250),
        ("sft", {"max_steps": 10, "batch_size": 128}, 10 * 128 * 250),
    ],
)
def test_training_passes_over_what_is_not_held_out_and_cuts_what_is_too_long(
    kind: str, chosen: dict[str, float], tokens: float
) -> None:
    stage = Stage("one", kind, chosen, inputs={"train": Given("train")})
    made = flow(Pipeline({}, (stage,)), {"train": Rows(1000, 500, 50, 200, held_out=0.1)})["one"]
    assert made is not None and made.trained == pytest.approx(tokens)


def test_a_mixture_is_learnt_by_its_shares() -> None:
    inputs = {"train": Given("much"), "train_2": Given("little")}
    read = {"much": Rows(1000, 500, 50, 200, held_out=0.1), "little": Rows(100, 100, 10, 40)}
    settings: list[dict[str, Any]] = [{"epochs": 1.0}, {"epochs": 1.0, "shares": (1.0, 1.0), "mixed_rows": 200}]
    stages = tuple(Stage(f"s{at}", "sft", chosen, inputs=inputs) for at, chosen in enumerate(settings))
    every, shared = flow(Pipeline({}, stages), read).values()
    assert every and every.trained == pytest.approx(900 * 250 + 100 * 50)
    assert shared and shared.trained == pytest.approx(100 * 250 + 100 * 50)


def test_the_best_are_kept_of_each_prompt() -> None:
    score = Stage("scores", "score", {}, inputs={"responses": StageOutput("samples", "set.jsonl")})
    inputs = {**score.inputs, "scores": StageOutput("scores", "scores.jsonl")}
    keep = Stage("best", "keep_best", {"keep": 2, "pairs": 1}, inputs=inputs)
    rs = Stage("rs", "sft", {"epochs": 1}, inputs={"train": StageVersion("best", "best")})
    works = flow(Pipeline({}, (SAMPLE, score, keep, rs)), {"prompts": PROMPTS})
    scored, trained = works["scores"], works["rs"]
    assert scored and scored.read_tokens == 32_000 * 250
    assert trained and trained.reads == 1000


def test_an_evaluation_asks_about_each_comparison_and_a_benchmark_about_each_author() -> None:
    compared = [{"checkpoint": CheckpointOf("a")}, {"checkpoint": CheckpointOf("b"), "baseline": CheckpointOf("a")}]
    evaluate = Stage("e", "evaluate", {"comparisons": compared}, inputs={"prompts": Given("prompts")})
    told = {"benchmark": "mt_bench", "collection": Given("prompts"), "authors": [1, 2, 3]}
    works = flow(Pipeline({}, (evaluate, Stage("m", "benchmark", told))), {"prompts": PROMPTS})
    asked, measured = works["e"], works["m"]
    assert asked and asked.questions == ORDERS * 900
    assert measured and measured.questions == 3 * 2 * 900


def test_of_the_whole_recipe_every_stage_is_known_once_its_versions_are() -> None:
    built = build(Asked("7b", options=XwinOptions(rounds=2), rows={"prompts": 900}))
    rows = {"prompts": PROMPTS, "held_out": PROMPTS, "demonstrations": Rows(6000, 6000, 100, 300)}
    assert all(flow(built, rows).values())
    unknown = [name for name, work in flow(built, {"prompts": PROMPTS, "held_out": PROMPTS}).items() if work is None]
    assert unknown == ["sft"]


def test_answers_that_are_learnt_from_online_are_written_scored_by_each_reward_model_and_learnt() -> None:
    settings = {"n": 8, "max_tokens": 100, "epochs": 2.0}
    raters = {"reward_models": ("one", "two")}
    stage = Stage("rl", "online", settings, inputs={"train": Given("prompts")}, loads=raters)
    made = flow(Pipeline({}, (stage,)), {"prompts": PROMPTS})["rl"]
    answers = 900 * 2 * 8
    assert made and (made.makes, made.generated) == (answers, answers * 100)
    assert (made.trained, made.read_tokens) == (answers * 150, 2 * answers * 150)
