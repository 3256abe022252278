"""Checkpoints, evaluations and workers by REST."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from annotation import sharing
from annotation.models import Author, Version
from studio.accounts.models import User
from studio.projects.models import Project
from tests.conftest import HERE
from tests.frontend.counting import queries
from tests.teams import THERE, engineer_of, team_b
from training.models import Checkpoint, CheckpointShare, Evaluation, Run, Worker

Api = Callable[[User], APIClient]
MakeRun = Callable[..., Run]
MakeCheckpoint = Callable[..., Checkpoint]


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    (folder / "tokenizer.json").write_text("{}")
    return folder


@pytest.mark.parametrize("noun", ["checkpoints", "evaluations", "workers"])
def test_an_outsider_and_an_annotator_see_nothing(outsider: Client, api: Api, ann: User, noun: str) -> None:
    assert outsider.get(f"/api/v1/{noun}/").status_code == 401
    assert api(ann).get(f"/api/v1/{noun}/").status_code == 403


@pytest.mark.parametrize("noun", ["checkpoints", "evaluations", "workers"])
def test_a_lead_reads_all_of_it(api: Api, lea: User, noun: str) -> None:
    assert api(lea).get(f"/api/v1/{noun}/").status_code == 200


def test_an_admin_registers_a_folder(api: Api, ada: User, weights: Path) -> None:
    asked = {"name": "Xwin 7B", "kind": "policy", "path": str(weights), "template": "vicuna"}
    answer = api(ada).post("/api/v1/checkpoints/", asked)
    assert answer.status_code == 201, answer.data
    made = Checkpoint.objects.get(pk=answer.data["id"])
    assert (made.author.name, made.author.kind) == ("Xwin 7B", "model")
    assert made.folder == weights


def test_an_engineer_may_not_name_folders(api: Api, eli: User, weights: Path) -> None:
    asked = {"name": "Mine", "kind": "policy", "path": str(weights)}
    assert api(eli).post("/api/v1/checkpoints/", asked).status_code == 403


@pytest.mark.parametrize(
    ("path", "problem"),
    [("relative", "absolute path"), ("/nowhere", "There is no folder"), ("{weights}", "so it is refused")],
)
def test_a_folder_that_is_no_checkpoint_is_refused(
    api: Api, ada: User, weights: Path, path: str, problem: str
) -> None:
    (weights / "model.safetensors").rename(weights / "pytorch_model.bin")
    asked = {"name": "Bad", "kind": "policy", "path": path.format(weights=weights)}
    answer = api(ada).post("/api/v1/checkpoints/", asked)
    assert answer.status_code == 400
    assert problem in answer.data["errors"][0]["message"]
    assert not Author.objects.filter(name="Bad").exists()


def test_two_checkpoints_have_two_names(api: Api, ada: User, weights: Path, make_checkpoint: MakeCheckpoint) -> None:
    make_checkpoint("taken")
    answer = api(ada).post("/api/v1/checkpoints/", {"name": "taken", "kind": "policy", "path": str(weights)})
    assert answer.data["errors"][0]["field"] == "name"


def test_a_checkpoint_says_what_it_comes_from(
    api: Api, lea: User, make_checkpoint: MakeCheckpoint, make_run: MakeRun, corpus: Version
) -> None:
    run = make_run(state="succeeded")
    run.run_versions.create(version=corpus, role="input", name="train")
    base = make_checkpoint("base")
    sft = make_checkpoint("sft", base=base, run=run)
    lineage = api(lea).get(f"/api/v1/checkpoints/{sft.pk}/").json()["lineage"]
    assert [step["checkpoint"]["name"] for step in lineage] == ["sft", "base"]
    assert lineage[0]["run"] == {"id": run.pk, "name": "A run"}
    assert lineage[0]["versions"] == [{"id": corpus.pk, "name": "corpus v1"}]


@pytest.mark.parametrize("rows", [1, 10])
def test_lists_cost_the_same_for_every_length(
    api: Api,
    lea: User,
    make_checkpoint: MakeCheckpoint,
    make_run: MakeRun,
    asked: Version,
    rows: int,
    django_assert_num_queries: Any,
) -> None:
    judge = Author.objects.create(kind="judge", name="rubric")
    for number in range(rows):
        Evaluation.objects.create(
            run=make_run(),
            checkpoint=make_checkpoint(f"c{number}"),
            judge=judge,
            prompts=asked,
            n=1,
            decoding="greedy",
        )
    client = api(lea)
    for noun in ("checkpoints", "evaluations"):
        with django_assert_num_queries(3):
            assert len(client.get(f"/api/v1/{noun}/").data["results"]) == rows


def test_a_worker_that_went_silent_is_not_alive(api: Api, lea: User) -> None:
    Worker.objects.create(name="gpu@here", queue="gpu", last_seen_at=timezone.now())
    Worker.objects.create(name="gpu@gone", queue="gpu", last_seen_at=timezone.now() - timedelta(hours=1))
    alive = {row["name"]: row["is_alive"] for row in api(lea).get("/api/v1/workers/").json()["results"]}
    assert alive == {"gpu@here": True, "gpu@gone": False}


def test_it_is_shared_and_listed_and_ended_by_its_address(
    api: Api, lea: User, make_checkpoint: MakeCheckpoint
) -> None:
    other = team_b(lea)
    at = f"{HERE}/api/v1/checkpoints/{make_checkpoint('ours', notes='Secret note').pk}/shares/"
    made, reader = api(lea).post(at, {"project": "other"}).json(), api(engineer_of(other))
    assert api(lea).get(at).json() == [made]
    (row,) = reader.get(f"{THERE}/api/v1/checkpoints/").json()["results"]
    assert (row["shared_by"], row["path"], row["notes"], row["run"]) == ("Tests", "", "", None)
    assert reader.get(f"{THERE}/api/v1/checkpoints/{row['id']}/shares/").status_code == 404
    assert api(lea).delete(f"{at}{made['id']}/").status_code == 204
    assert api(lea).get(at).json() == reader.get(f"{THERE}/api/v1/checkpoints/").json()["results"] == []


def test_sharing_is_not_for_annotators_nor_strangers(
    api: Api, ann: User, lea: User, make_checkpoint: MakeCheckpoint
) -> None:
    shared = sharing.share(CheckpointShare, make_checkpoint("ours"), team_b(lea), lea)
    at = f"{HERE}/api/v1/checkpoints/{shared.checkpoint_id}/shares/"
    for asker, status in ((api(ann), 403), (APIClient(), 401)):
        said = asker.get(at), asker.post(at, {"project": "other"}), asker.delete(f"{at}{shared.pk}/")
        assert {one.status_code for one in said} == {status}
    assert CheckpointShare.given.get().is_open


def test_more_projects_cost_the_list_of_shares_no_more_queries(
    api: Api, lea: User, make_checkpoint: MakeCheckpoint
) -> None:
    shared = sharing.share(CheckpointShare, make_checkpoint("ours"), team_b(lea), lea)
    at = f"{HERE}/api/v1/checkpoints/{shared.checkpoint_id}/shares/"
    for_one = queries(api(lea), at)
    for number in range(9):
        more = Project.objects.create(slug=f"p{number}", name=f"P {number}")
        CheckpointShare.given.create(checkpoint=shared.checkpoint, project=more, by=lea)
    assert len(api(lea).get(at).json()) == 10 and queries(api(lea), at) == for_one


@pytest.fixture
def own(make_checkpoint: MakeCheckpoint, weights: Path) -> Checkpoint:
    """One that brings code."""
    (weights / "modeling_new.py").write_text("class New: ...")
    made = make_checkpoint("own")
    Checkpoint.objects.filter(pk=made.pk).update(path=str(weights))
    return made


def test_only_an_admin_allows_and_forbids_its_code(api: Api, ada: User, eli: User, own: Checkpoint) -> None:
    path = f"/api/v1/checkpoints/{own.pk}/code/"
    assert (api(eli).post(path).status_code, api(eli).delete(path).status_code) == (403, 403)
    answer = api(ada).post(path)
    assert (answer.status_code, list(answer.data["code_allowed"])) == (200, ["modeling_new.py"])
    assert api(ada).delete(path).status_code == 204
    assert api(ada).get(f"/api/v1/checkpoints/{own.pk}/").data["code_allowed"] == {}


def test_code_that_cannot_be_allowed_says_why(api: Api, ada: User, make_checkpoint: MakeCheckpoint) -> None:
    answer = api(ada).post(f"/api/v1/checkpoints/{make_checkpoint().pk}/code/")
    assert answer.status_code == 409
    assert "nothing to allow" in answer.data["detail"]


def test_registering_allows_no_code(api: Api, ada: User, weights: Path) -> None:
    asked = {"name": "Mine", "kind": "policy", "path": str(weights), "code_allowed": {"a.py": "0"}}
    assert api(ada).post("/api/v1/checkpoints/", asked, format="json").data["code_allowed"] == {}


def test_a_worker_shows_which_run_has_each_gpu(api: Api, lea: User, make_run: MakeRun) -> None:
    card = {"index": 0, "uuid": "GPU-a", "name": "NVIDIA H200", "memory_mib": 143771}
    details = {"gpus": [card, card | {"index": 1, "uuid": "GPU-b"}]}
    Worker.objects.create(name="w1", queue="gpu", details=details, last_seen_at=timezone.now())
    claim = "00000000-0000-0000-0000-000000000001"
    run = make_run(state="running", gpu_uuids=["GPU-b"], claim=claim, leased_until=timezone.now())
    (worker,) = api(lea).get("/api/v1/workers/").data["results"]
    assert [gpu["held_by"] for gpu in worker["gpus"]] == ["", f"“A run” (run {run.pk})"]
