"""Runs by REST."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from annotation.datasets import versions
from annotation.models import Prompt, Version
from studio.accounts.models import User
from training.models import Checkpoint, Metric, Run
from training.rundir import RunDir, append_lines
from training.runs import previews
from training.runs.kinds import launched_by_form
from training.token_previews import ShownConversation, ShownRow, ShownToken, TokenPreview
from training.worker import transitions

Api = Callable[[User], APIClient]
MakeRun = Callable[..., Run]
URL = "/api/v1/runs/"


def errors(answer: Any) -> dict[str, str]:
    assert answer.status_code == 400, answer.data
    return {row["field"]: row["message"] for row in answer.data["errors"]}


@pytest.fixture
def base(make_checkpoint: Callable[..., Checkpoint]) -> Checkpoint:
    return make_checkpoint()


def test_an_outsider_sees_and_moves_nothing(outsider: Client, make_run: MakeRun) -> None:
    run = make_run(state="failed")
    for path in ("", f"{run.pk}/", f"{run.pk}/metrics/", f"{run.pk}/log/", f"{run.pk}/samples/", "kinds/"):
        assert outsider.get(URL + path).status_code == 401
    for path in ("", "preview/", f"{run.pk}/cancel/", f"{run.pk}/resume/"):
        assert outsider.post(URL + path).status_code == 401
    assert outsider.patch(f"{URL}{run.pk}/").status_code == 401


def test_an_annotator_sees_none_of_it(api: Api, ann: User, make_run: MakeRun) -> None:
    assert api(ann).get(URL).status_code == 403
    assert api(ann).get(f"{URL}{make_run().pk}/").status_code == 403


def test_a_lead_reads_and_changes_nothing(api: Api, lea: User, make_run: MakeRun) -> None:
    run = make_run(state="failed")
    assert api(lea).get(URL).status_code == 200
    assert api(lea).post(URL, {"kind": "sft"}).status_code == 403
    assert api(lea).post(f"{URL}preview/", {"kind": "sft"}).status_code == 403
    assert api(lea).post(f"{URL}{run.pk}/resume/").status_code == 403
    assert api(lea).patch(f"{URL}{run.pk}/", {"name": "mine"}).status_code == 403


def test_a_run_gives_its_accuracy_and_its_curve_with_intervals(api: Api, eli: User, make_run: MakeRun) -> None:
    grades = {"2": {"n": 4, "accuracy": 0.75, "longer": 0.5}}
    held_out = {"n": 4, "accuracy": 0.75, "longer": 0.5, "majority": 0.5, "by_grade": grades}
    held_out |= {"by_domain": {"code": grades["2"]}, "calibration": [{"n": 4, "predicted": 0.6, "voted": 0.75}]}
    curve = [{"n": 1, "score": 0.5, "prompts": 1}]
    run = make_run(kind="keep_best", result={"figures": {"held_out": held_out, "best_of_n": curve}})
    told = api(eli).get(f"{URL}{run.pk}/").data
    assert told["held_out"]["accuracy"]["low"] == pytest.approx(0.301, abs=1e-3)
    assert told["held_out"]["grades"][0]["by_rule"] == 0.5 and told["held_out"]["prefers_longer"]
    assert told["held_out"]["grades"][0]["grade"] == "2" and told["held_out"]["domains"][0]["name"] == "code"
    assert told["held_out"]["calibration"][0]["voted"]["n"] == 4
    assert told["held_out"]["calibration_error"] == pytest.approx(0.15)
    assert told["best_of_n"] == [{"n": 1, "score": 0.5, "low": None, "high": None, "prompts": 1}]
    bare = api(eli).get(f"{URL}{make_run().pk}/").data
    assert bare["held_out"] is None and bare["best_of_n"] == []


def test_a_checkpoint_that_is_shared_no_more_is_refused_in_words(
    api: Api, eli: User, make_checkpoint: Callable[..., Checkpoint], corpus: Version
) -> None:
    asked = {"kind": "sft", "checkpoint": make_checkpoint(shared_by="B").pk, "inputs": {"train": corpus.pk}}
    refused = errors(api(eli).post(URL, asked))
    assert refused == {
        "checkpoint": "B no longer shares tiny with this project. Ask B to share it again, or start from another."
    }
    assert not Run.objects.exists()


def test_how_long_a_run_worked_has_its_present_start_in_it(api: Api, lea: User, make_run: MakeRun) -> None:
    minute_ago = timezone.now() - timedelta(minutes=1)
    run = make_run(started_at=minute_ago, working_since=minute_ago, worked_seconds=100.0)
    assert 160 <= api(lea).get(f"{URL}{run.pk}/").json()["duration_seconds"] < 200
    assert api(lea).get(f"{URL}{make_run().pk}/").json()["duration_seconds"] is None


def test_an_engineer_launches_a_run(api: Api, eli: User, base: Checkpoint, corpus: Version, sent: list[int]) -> None:
    asked = {
        "kind": "sft",
        "settings": {"epochs": 1, "seed": 5},
        "checkpoint": base.pk,
        "inputs": {"train": corpus.pk},
    }
    answer = api(eli).post(URL, asked)
    assert answer.status_code == 201, answer.data
    run = Run.objects.get(pk=answer.data["id"])
    assert (run.state, run.queue, run.seed, run.requested_by) == ("queued", "gpu", 5, eli)
    assert answer.data["versions"][0]["version"] == {"id": corpus.pk, "name": "corpus v1"}
    assert answer.data["spec"]["settings"]["epochs"] == 1.0
    assert sent == [run.pk]


def test_every_wrong_field_is_named_at_once(api: Api, eli: User) -> None:
    found = errors(api(eli).post(URL, {"kind": "dpo", "settings": {"beta": -1, "epochs": "many", "speed": 3}}))
    assert set(found) == {"settings.beta", "settings.epochs", "settings.speed", "checkpoint", "inputs.train"}
    assert "“many” is not a number." in found["settings.epochs"] and "not above 0" in found["settings.beta"]


def test_what_a_run_needs_is_asked_for(api: Api, eli: User) -> None:
    found = errors(api(eli).post(URL, {"kind": "dpo"}))
    assert set(found) == {"checkpoint", "inputs.train"}
    assert "preferences" in found["inputs.train"]


def test_a_version_of_another_kind_is_refused(api: Api, eli: User, base: Checkpoint, corpus: Version) -> None:
    found = errors(api(eli).post(URL, {"kind": "reward", "checkpoint": base.pk, "inputs": {"train": corpus.pk}}))
    assert found == {"inputs.train": "corpus v1 is of kind demonstrations; it needs one of kind preferences."}


def test_a_rule_between_settings_names_its_field(api: Api, eli: User, base: Checkpoint, corpus: Version) -> None:
    settings = {"batch_size": 10, "micro_batch_size": 4}
    asked = {"kind": "sft", "settings": settings, "checkpoint": base.pk, "inputs": {"train": corpus.pk}}
    assert "must be a multiple" in errors(api(eli).post(URL, asked))["settings.batch_size"]


@pytest.mark.parametrize("name", ["base", "data", "trust_remote_code"])
def test_plumbing_is_not_for_people(api: Api, eli: User, name: str) -> None:
    assert f"settings.{name}" in errors(api(eli).post(URL, {"kind": "create", "settings": {name: True}}))


def test_a_run_is_cancelled_once(api: Api, eli: User, make_run: MakeRun) -> None:
    run = make_run()
    assert api(eli).post(f"{URL}{run.pk}/cancel/").data["state"] == "cancelled"
    answer = api(eli).post(f"{URL}{run.pk}/cancel/")
    assert answer.status_code == 409
    assert answer["content-type"].startswith("application/problem+json")


def test_a_running_run_is_asked_to_stop(api: Api, eli: User, make_run: MakeRun) -> None:
    run = make_run()
    transitions.claim(run.pk, "w1")
    answer = api(eli).post(f"{URL}{run.pk}/cancel/")
    assert answer.data["state"] == "running"
    assert answer.data["cancel_requested_at"]


def test_a_failed_run_is_resumed_and_sent(api: Api, eli: User, make_run: MakeRun, sent: list[int]) -> None:
    run = make_run(state="failed", error="no memory")
    assert api(eli).post(f"{URL}{run.pk}/resume/").data["state"] == "queued"
    assert sent == [run.pk]
    assert api(eli).post(f"{URL}{run.pk}/resume/").status_code == 409


def test_runs_are_filtered(api: Api, lea: User, make_run: MakeRun) -> None:
    recipe = make_run(kind="recipe", state="running")
    make_run(parent=recipe, stage="sft", state="failed")
    client = api(lea)
    assert [row["kind"] for row in client.get(f"{URL}?top=true").data["results"]] == ["recipe"]
    assert [row["stage"] for row in client.get(f"{URL}?parent={recipe.pk}").data["results"]] == ["sft"]
    assert [row["kind"] for row in client.get(f"{URL}?state=failed").data["results"]] == ["sft"]


def test_an_engineer_renames_a_run_and_finds_it_by_its_name(api: Api, eli: User, make_run: MakeRun) -> None:
    run, _ = make_run(), make_run(name="Another")
    assert api(eli).patch(f"{URL}{run.pk}/", {"name": "bolder"}).json()["name"] == "bolder"
    assert [row["id"] for row in api(eli).get(f"{URL}?q=BOLD").json()["results"]] == [run.pk]
    assert [row["id"] for row in api(eli).get(f"{URL}?name=bolder").json()["results"]] == [run.pk]
    assert "name" in errors(api(eli).patch(f"{URL}{run.pk}/", {"name": " "}))


@pytest.mark.parametrize("rows", [1, 10])
def test_a_list_costs_the_same_for_every_length(
    api: Api, lea: User, make_run: MakeRun, base: Checkpoint, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        make_run(checkpoint=base, requested_by=lea)
    client = api(lea)
    # The session, the user and the runs.
    with django_assert_num_queries(3):
        assert len(client.get(URL).data["results"]) == rows


def test_a_run_costs_the_same_whatever_it_holds(
    api: Api, lea: User, make_run: MakeRun, corpus: Version, django_assert_num_queries: Any
) -> None:
    run = make_run(kind="recipe")
    for number in range(5):
        make_run(parent=run, stage=f"s{number}")
        run.run_versions.create(version=corpus, role="output", name=f"v{number}")
    client = api(lea)
    with django_assert_num_queries(6):
        client.get(f"{URL}{run.pk}/")


def test_pages_go_on_by_the_last_row_seen(api: Api, lea: User, make_run: MakeRun) -> None:
    made = [make_run().pk for _ in range(3)]
    first = api(lea).get(f"{URL}?page_size=2").data
    second = api(lea).get(first["next"]).data
    assert [row["id"] for row in first["results"] + second["results"]] == made[::-1]


def test_metrics_are_columns_from_a_step_on(api: Api, lea: User, make_run: MakeRun) -> None:
    run = make_run()
    for step in (1, 2, 3):
        Metric.objects.create(run=run, name="loss", step=step, value=step)
    assert api(lea).get(f"{URL}{run.pk}/metrics/?since=2").data == {"loss": {"step": [2, 3], "value": [2.0, 3.0]}}
    assert "since" in errors(api(lea).get(f"{URL}{run.pk}/metrics/?since=yesterday"))


def test_a_log_is_read_on_from_where_one_was(api: Api, lea: User, make_run: MakeRun) -> None:
    run = make_run()
    run.directory.mkdir(parents=True)
    (run.directory / "log.txt").write_text("one\n<script>alert(1)</script>\n")
    part = api(lea).get(f"{URL}{run.pk}/log/?offset=4").data
    assert part == {"offset": 4, "text": "<script>alert(1)</script>\n", "next": 30, "size": 30}


def test_answers_as_they_change_are_a_list_by_step_for_each_prompt(api: Api, lea: User, make_run: MakeRun) -> None:
    run = make_run()
    assert api(lea).get(f"{URL}{run.pk}/samples/").json() == []
    told = {"prompt_id": 7, "prompt": [{"role": "user", "content": "List."}], "reward": None, "finish_reason": "stop"}
    run.directory.mkdir(parents=True)
    append_lines(RunDir(run.directory).samples, [told | {"step": step, "response": f"r{step}"} for step in (0, 9)])
    (found,) = api(lea).get(f"{URL}{run.pk}/samples/").json()
    assert (found["prompt_id"], found["prompt"]) == (7, told["prompt"])
    assert [(answer["step"], answer["response"]) for answer in found["answers"]] == [(0, "r0"), (9, "r9")]


def test_every_kind_has_a_typed_form(api: Api, lea: User) -> None:
    forms = {form["kind"]: form for form in api(lea).get(f"{URL}kinds/").json()}
    assert set(forms) == set(launched_by_form())
    beta = next(field for field in forms["dpo"]["fields"] if field["name"] == "beta")
    assert beta["type"] == "number"
    assert beta["above"] == 0
    assert beta["default"] == 0.1
    assert beta["help"]
    assert forms["dpo"]["starts_from"] == ["policy"]


def test_a_kind_says_all_that_it_can_start_from_and_read(api: Api, lea: User) -> None:
    forms = {form["kind"]: form for form in api(lea).get(f"{URL}kinds/").json()}
    assert forms["reward"]["starts_from"] == ["policy", "reward"] and forms["reward"]["makes"] == "reward"
    assert forms["sft"]["inputs"] == {"train": ["demonstrations", "preferences"]}
    assert forms["keep_best"]["optional"] == dict.fromkeys(
        ("scores", "scores_2", "scores_3", "scores_4"), ["responses"]
    )
    assert forms["score"]["loads"] == {"reward_models": "reward"}
    assert (forms["judge"]["inputs"], forms["judge"]["optional"]) == ({}, {"responses": ["responses"]})


THESE = "Choose among xwin, iterative_dpo, ultrafeedback, openchat, xverse."


@pytest.mark.parametrize(
    ("chosen", "field", "says"),
    [
        ({"recipe": "gone"}, "settings.recipe", f"There is no recipe 'gone'. {THESE}"),
        ({"recipe": "xwin", "scale": "huge"}, "settings.scale", "xwin has toy, trial, 7b-lora, 7b, 13b, 70b-lora."),
        ({}, "settings.recipe", f"Say which, or give a file. {THESE}"),
    ],
)
def test_a_recipe_that_there_is_not_is_refused(
    api: Api, eli: User, chosen: dict[str, str], field: str, says: str
) -> None:
    assert errors(api(eli).post(URL, {"kind": "recipe", "settings": chosen})) == {field: says}
    assert not Run.objects.exists()


def test_a_preference_demonstrates_its_chosen_response(
    api: Api, eli: User, base: Checkpoint, prompts: list[Prompt]
) -> None:
    pair = {"chosen": "A", "rejected": "B", "margin": 1.0}
    rows = [{"prompt_id": prompt.pk, "prompt": prompt.messages, **pair} for prompt in prompts]
    preferred = versions.freeze_rows("preferred", "preferences", rows, {})
    asked = {"kind": "sft", "checkpoint": base.pk, "inputs": {"train": preferred.pk}}
    assert api(eli).post(URL, asked).status_code == 201


def test_a_run_whose_judge_cannot_be_asked_is_not_resumed(
    api: Api, eli: User, make_run: MakeRun, sent: list[int], settings: Any
) -> None:
    settings.OPENAI_API_KEY = ""
    recipe = make_run(kind="recipe", state="failed")
    stage = {"kind": "judge", "state": "failed", "spec": {"settings": {"judge": "xwin_pair", "collection": "toys"}}}
    for run in (make_run(**stage), make_run(**stage, parent=recipe, stage="judge"), recipe):
        refused = errors(api(eli).post(f"{URL}{run.pk}/resume/"))
        assert "set OPENAI_API_KEY" in refused["settings.judge"]
        run.refresh_from_db()
        assert run.state == "failed"
    settings.OPENAI_API_KEY = "sk-test"
    assert api(eli).post(f"{URL}{recipe.pk}/resume/").status_code == 200
    assert sent == [recipe.pk]


def test_dpo_names_its_reference(api: Api, eli: User, corpus: Version, make_checkpoint: Callable[..., Any]) -> None:
    Version.objects.filter(pk=corpus.pk).update(kind="preferences")
    base, against = make_checkpoint("base"), make_checkpoint("against")
    asked = {"kind": "dpo", "checkpoint": base.pk, "reference": against.pk, "inputs": {"train": corpus.pk}}
    answer = api(eli).post("/api/v1/runs/", asked, format="json")
    assert (answer.status_code, answer.data["reference"]) == (201, {"id": against.pk, "name": "against"})


def test_tokens_are_previewed_by_who_may_launch(
    api: Api, eli: User, base: Checkpoint, corpus: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = ShownToken("Hi", "learnt", False)
    shown = ShownConversation(name="", head=[token], omitted=0, tail=[], learnt=1, cut=0, length=1)
    found = TokenPreview(rows=[ShownRow("prompt 1", [shown])], counts={"rows": 1})
    monkeypatch.setattr(previews, "preview", lambda *asked: found)
    given = {"kind": "sft", "checkpoint": base.pk, "inputs": {"train": corpus.pk}}
    said = api(eli).post(f"{URL}preview/", given, format="json")
    assert said.data["rows"][0]["conversations"][0]["head"] == [["Hi", "learnt", False]]


def test_a_preview_says_what_is_wrong_and_when_nobody_answers(api: Api, eli: User, base: Checkpoint) -> None:
    given = {"kind": "sft", "checkpoint": base.pk, "settings": {"max_length": 3}}
    said = errors(api(eli).post(f"{URL}preview/", given, format="json"))
    assert {"settings.max_length", "inputs.train"} <= said.keys()


def test_a_preview_without_a_model_server_is_a_503(
    api: Api, eli: User, base: Checkpoint, corpus: Version, settings: Any, tmp_path: Path
) -> None:
    settings.MODELS_SOCKET = tmp_path / "nobody.sock"
    given = {"kind": "sft", "checkpoint": base.pk, "inputs": {"train": corpus.pk}}
    said = api(eli).post(f"{URL}preview/", given, format="json")
    assert (said.status_code, said.data["detail"][:33]) == (503, "The model server does not answer.")


def test_a_run_is_launched_with_several_reward_models(
    api: Api, eli: User, make_checkpoint: Callable[..., Checkpoint], asked: Version
) -> None:
    Version.objects.filter(pk=asked.pk).update(kind="responses")
    first, second = make_checkpoint("a", "reward"), make_checkpoint("b", "reward")
    given = {"kind": "score", "checkpoint": first.pk, "inputs": {"responses": asked.pk}}
    refused = errors(api(eli).post(URL, given | {"loads": {"reward_models": [first.pk]}}))
    assert list(refused) == ["loads.reward_models"]
    made = api(eli).post(URL, given | {"loads": {"reward_models": [second.pk]}})
    assert made.status_code == 201, made.data
    assert made.data["loads"] == [{"role": "reward_models", "place": 0, "checkpoint": {"id": second.pk, "name": "b"}}]
