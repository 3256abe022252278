"""A run directory back into the database, once or many times."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotation.datasets import versions
from annotation.models import Prompt, Response, Score, Version
from training.models import Checkpoint, Metric, Run, RunVersion
from training.rundir import OutputFile, Result, RunDir
from training.runs import launching
from training.runs.ingest import ingest, named
from training.runs.names import RunOutput
from training.runs.sources import scores_of as scores_by
from training.worker import preparation

MakeCheckpoint = Callable[..., Checkpoint]


@pytest.fixture(autouse=True)
def _nothing_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "enqueue", lambda run: None)


def left(run: Run, name: str, rows: list[dict[str, Any]]) -> RunDir:
    """What a program would leave: one output file and a result."""
    directory = RunDir(run.directory)
    directory.output.mkdir(parents=True, exist_ok=True)
    (directory.output / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    directory.finish(Result(kind=run.kind, state="succeeded"))
    return directory


def answer(prompt: Prompt, text: str, number: int) -> dict[str, Any]:
    named = f"{prompt.pk}/responses/{number}"
    return {"response_id": named, "prompt_id": prompt.pk, "prompt": prompt.messages, "response": text}


@pytest.fixture
def sampled(make_checkpoint: MakeCheckpoint, asked: Version) -> Run:
    settings = {"draws": [{"n": 2, "temperature": 0.7}]}
    return launching.launch("sample", settings, checkpoint=make_checkpoint("policy"), inputs={"prompts": asked})


@pytest.fixture
def answers(sampled: Run, prompts: list[Prompt]) -> RunDir:
    rows = [answer(prompt, f"Answer {number}", number) for prompt in prompts for number in range(2)]
    return left(sampled, "responses.jsonl", rows)


def test_sampled_responses_have_their_checkpoint_as_author(sampled: Run, answers: RunDir) -> None:
    ingest(sampled, answers)
    assert Response.objects.count() == 12
    response = Response.objects.first()
    assert response
    assert response.author.checkpoint == sampled.checkpoint
    assert response.metadata == {"run": sampled.pk, "draw": "responses", "temperature": 0.7, "top_p": 1.0}


def test_prompts_without_an_answer_and_empty_answers_are_read_as_they_are(
    sampled: Run, prompts: list[Prompt], make_checkpoint: MakeCheckpoint
) -> None:
    """A prompt that was too long has no row, and an evaluation keeps what is empty."""
    ingest(sampled, left(sampled, "responses.jsonl", [answer(prompts[1], "", 0)]))
    assert [(response.prompt_id, response.text) for response in Response.objects.all()] == [(prompts[1].pk, "")]
    none = launching.launch(
        "sample", {}, checkpoint=make_checkpoint("other"), inputs={"prompts": sampled.run_versions.get().version}
    )
    ingest(none, left(none, "responses.jsonl", []))
    assert Response.objects.count() == 1


def test_the_same_directory_twice_changes_nothing(sampled: Run, answers: RunDir) -> None:
    first = ingest(sampled, answers)
    before = list(Response.objects.order_by("pk").values())
    assert ingest(sampled, answers) == first
    assert list(Response.objects.order_by("pk").values()) == before


def test_many_responses_come_in_parts(sampled: Run, answers: RunDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.runs.ingest.CHUNK", 5)
    ingest(sampled, answers)
    assert Response.objects.count() == 12


@pytest.mark.parametrize(
    "text", ["nul \0 byte", "tab\tnew\nline\\N", "", "\u202e reversed", "<script>alert(1)</script>"]
)
def test_whatever_a_model_writes_is_stored(sampled: Run, prompts: list[Prompt], text: str) -> None:
    ingest(sampled, left(sampled, "responses.jsonl", [answer(prompts[0], text, 0)]))
    assert Response.objects.get().text == text.replace("\0", "\ufffd")


def scores_of(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"response_id": row["response_id"], "prompt_id": row["prompt_id"], "score": number / 2}
        for number, row in enumerate(rows)
    ]


def test_scores_find_the_responses_that_another_run_sampled(
    sampled: Run, answers: RunDir, make_checkpoint: MakeCheckpoint
) -> None:
    ingest(sampled, answers)
    rm = make_checkpoint("rm", "reward")
    source = RunOutput(sampled.pk, "responses.jsonl")
    run = launching.launch("score", {}, checkpoint=rm, inputs={"responses": source})
    preparation.prepare(run)
    rows = [json.loads(line) for line in (answers.output / "responses.jsonl").read_text().splitlines()]
    # The second response is too long for the reward model and has no score.
    directory = left(run, "scores.jsonl", [score for score in scores_of(rows) if score["score"] != 0.5])
    ingest(run, directory)
    ingest(run, directory)
    assert Score.objects.filter(author=rm.author).count() == 11
    assert Score.objects.get(value=0.0).response.text == "Answer 0"
    assert not Score.objects.filter(value=0.5).exists()


def test_each_of_several_reward_models_has_its_own_scores(
    sampled: Run, answers: RunDir, make_checkpoint: MakeCheckpoint
) -> None:
    ingest(sampled, answers)
    first, second = make_checkpoint("rm", "reward"), make_checkpoint("other", "reward")
    inputs, loads = {"responses": RunOutput(sampled.pk, "responses.jsonl")}, {"reward_models": [second]}
    run = launching.launch("score", {}, checkpoint=first, loads=loads, inputs=inputs)
    preparation.prepare(run)
    rows = [json.loads(line) for line in (answers.output / "responses.jsonl").read_text().splitlines()]
    scores = scores_of(rows)
    left(run, "scores_2.jsonl", [row | {"score": -row["score"]} for row in scores])
    ingest(run, left(run, "scores_1.jsonl", scores))
    found = {name: Score.objects.filter(author__name=name) for name in ("rm", "other")}
    assert [rows.count() for rows in found.values()] == [12, 12]
    assert {row.value for row in found["other"]} == {-row.value for row in found["rm"]}
    kept = launching.launch("keep_best", {}, inputs=inputs | {"scores": RunOutput(run.pk, "scores.jsonl")})
    assert scores_by(kept) == ["rm", "other"]


def test_scores_find_the_responses_of_a_version(
    prompts: list[Prompt], sampled: Run, answers: RunDir, make_checkpoint: MakeCheckpoint
) -> None:
    ingest(sampled, answers)
    version = versions.freeze("all", "responses", {})
    rm = make_checkpoint("rm", "reward")
    run = launching.launch("score", {}, checkpoint=rm, inputs={"responses": version})
    preparation.prepare(run)
    rows = list(versions.records(version))
    ingest(run, left(run, "scores.jsonl", scores_of(rows)))
    assert Score.objects.get(value=2.0).response_id == rows[4]["response_id"]


def test_a_score_of_a_response_that_is_gone_is_passed_over(
    sampled: Run, answers: RunDir, make_checkpoint: MakeCheckpoint
) -> None:
    rm = make_checkpoint("rm", "reward")
    run = launching.launch("score", {}, checkpoint=rm, inputs={"responses": RunOutput(sampled.pk, "responses.jsonl")})
    preparation.prepare(run)
    rows = [json.loads(line) for line in (answers.output / "responses.jsonl").read_text().splitlines()]
    ingest(run, left(run, "scores.jsonl", scores_of(rows)))
    assert Score.objects.count() == 0


def test_what_was_kept_becomes_versions_with_their_origin(
    sampled: Run, answers: RunDir, prompts: list[Prompt]
) -> None:
    run = launching.launch(
        "keep_best", {}, name="keep", inputs={"responses": RunOutput(sampled.pk, "responses.jsonl")}
    )
    plain = [{"prompt_id": prompt.pk, "prompt": prompt.messages} for prompt in prompts]
    best = [row | {"response": "A\0", "score": 1.0} for row in plain]
    pair = {"chosen": "A", "rejected": "B", "margin": 1.5}
    left(run, "pairs.jsonl", [row | pair for row in plain])
    directory = left(run, "best.jsonl", best)
    ingest(run, directory)
    ingest(run, directory)
    made = {row.name: row.version for row in run.run_versions.filter(role=RunVersion.Role.OUTPUT)}
    assert {name: (version.kind, version.counts["items"]) for name, version in made.items()} == {
        "best": ("demonstrations", 6),
        "pairs": ("preferences", 6),
    }
    assert made["best"].definition["run"] == run.pk
    assert {record["response"] for record in versions.records(made["best"])} == {"A\ufffd"}


def test_stages_of_a_recipe_that_keep_the_same_make_versions_of_different_names(make_run: Callable[..., Run]) -> None:
    recipe = make_run(kind="recipe")
    best, pairs = (make_run(parent=recipe, stage=stage, kind="keep_best") for stage in ("best", "pairs"))
    number = recipe.pk
    assert [named(best, "best"), named(best, "pairs")] == [f"best-{number}", f"best-pairs-{number}"]
    assert [named(pairs, "best"), named(pairs, "pairs")] == [f"pairs-best-{number}", f"pairs-{number}"]


def test_a_trained_model_is_a_checkpoint_and_an_author(make_checkpoint: MakeCheckpoint, corpus: Version) -> None:
    base = make_checkpoint("base", template="tiny")
    run = launching.launch("sft", {"template": "own"}, name="better", checkpoint=base, inputs={"train": corpus})
    directory = RunDir(run.directory)
    directory.path.mkdir(parents=True)
    files = {"model.safetensors": OutputFile(sha256="ab" * 32, bytes=9)}
    directory.finish(Result(kind="sft", state="succeeded", files=files, figures={"parameters": 12}))
    ingest(run, directory)
    ingest(run, directory)
    made = Checkpoint.objects.get(run=run)
    assert (made.name, made.base, made.template, made.digest) == ("better", base, "tiny", "ab" * 32)
    assert made.author.kind == "model"


def test_a_name_that_is_taken_gets_the_runs_number(make_checkpoint: MakeCheckpoint, corpus: Version) -> None:
    base = make_checkpoint("better")
    run = launching.launch("sft", {}, name="better", checkpoint=base, inputs={"train": corpus})
    directory = RunDir(run.directory)
    directory.path.mkdir(parents=True)
    directory.finish(Result(kind="sft", state="succeeded"))
    ingest(run, directory)
    assert Checkpoint.objects.get(run=run).name == f"better #{run.pk}"


def test_metrics_that_a_tail_missed_are_read_at_the_end(sampled: Run, answers: RunDir) -> None:
    answers.metrics().append(3, {"tokens": 5.0})
    ingest(sampled, answers)
    assert Metric.objects.get(run=sampled).value == 5.0


def test_a_result_is_plain_data(sampled: Run, answers: RunDir, tmp_path: Path) -> None:
    assert json.dumps(ingest(sampled, answers))


def test_both_turns_of_an_answer_are_kept_beside_its_text(sampled: Run, prompts: list[Prompt]) -> None:
    row = answer(prompts[0], "One.\n\nTwo.", 0) | {"turns": ["One.", "Two\0."], "temperature": 0.1}
    ingest(sampled, left(sampled, "responses.jsonl", [row]))
    metadata = Response.objects.get().metadata
    assert (metadata["turns"], metadata["temperature"]) == (["One.", "Two\ufffd."], 0.1)
