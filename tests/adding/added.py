"""What was added works on every page, in the API and in a worker. Run by `tests/test_contributing.py`."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from annotation.judges import protocols
from annotation.judges.config import registry
from annotation.models import Prompt
from frontend.pages.data import imports
from studio.accounts.models import User
from tests.annotation.making import author, collection, prompt, response
from tests.frontend.machines import checkpoint
from tests.training.working import executed
from training.models import BenchmarkResult, Run
from training.runs import launching

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]
Api = Callable[[User], APIClient]


@pytest.fixture
def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the import page, and one for the new format."""
    shutil.copytree(imports.EXAMPLES, tmp_path / "examples")
    (tmp_path / "examples" / "plain_lines.jsonl").write_text("Name a prime.\n")
    monkeypatch.setattr(imports, "EXAMPLES", tmp_path / "examples")


@pytest.mark.usefixtures("examples")
def test_a_format_is_on_the_import_page_in_the_api_and_in_the_command(
    signed_in: Sign, api: Api, lea: User, tmp_path: Path
) -> None:
    assert "Text: a prompt on each line" in signed_in(lea).get("/import/").content.decode()
    asked = "/api/v1/imports/?format=plain_lines&collection=mine"
    sent = api(lea).post(asked, b"Name a prime.\nName a cat.\n", content_type="application/octet-stream")
    assert sent.status_code == 200, sent.content
    (tmp_path / "more.txt").write_text("Name a dog.\n")
    call_command("import_data", "plain_lines", str(tmp_path / "more.txt"), collection="mine")
    assert Prompt.objects.filter(collection__slug="mine").count() == 3


def test_a_protocol_makes_judges_that_can_be_chosen(signed_in: Sign, lea: User, settings: Any, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "judge.yaml").write_text(
        "title: Mine\nsays: A letter.\nversion: 1\nprotocol: first_letter\nmodel: small\n"
    )
    (folder / "user.txt").write_text("{conversation} {first} {second}")
    settings.JUDGES = str(tmp_path)
    judge = registry.load("mine")
    assert protocols.of(judge).read(judge, "B, since it is right.").grade == 1
    assert 'value="mine"' in signed_in(lea).get("/runs/new/judge/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_kind_of_run_has_its_form_and_runs(
    signed_in: Sign, api: Api, eli: User, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RUNS_DIR = tmp_path / "runs"
    monkeypatch.setattr(launching, "enqueue", lambda run: None)
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "config.json").write_text("{}")
    (weights / "model.safetensors").write_bytes(b"weights")
    base, client = checkpoint("base", path=str(weights)), signed_in(eli)
    html = client.get(f"/runs/new/copying/?checkpoint={base.pk}").content.decode()
    assert "Copy a model" in html and 'name="note"' in html
    assert f"/runs/new/copying/?checkpoint={base.pk}" in client.get(f"/checkpoints/{base.pk}/").content.decode()
    assert client.post("/runs/new/copying/", {"checkpoint": base.pk, "note": "try", "name": "Twin"}).status_code == 302
    run = executed(Run.objects.get())
    assert (run.state, run.get_kind_display(), run.error) == ("succeeded", "Copy", "")
    assert run.made_checkpoint.parameters == 7
    assert (run.made_checkpoint.folder / "model.safetensors").read_bytes() == b"weights"
    assert "Copy" in client.get(f"/runs/{run.pk}/").content.decode()
    assert api(eli).get("/api/v1/runs/?kind=copying").json()["results"][0]["name"] == "Twin"
    again = {"kind": "copying", "checkpoint": base.pk, "settings": {"note": "again"}}
    assert api(eli).post("/api/v1/runs/", again).status_code == 201


@pytest.fixture
def measured(signed_in: Sign, eli: User, monkeypatch: pytest.MonkeyPatch) -> BenchmarkResult:
    """A row of the new benchmark, launched from its form."""
    monkeypatch.setattr(launching, "enqueue", lambda run: None)
    response(prompt("Name a cat."), "Tom is a cat.", "small")
    asked = {"benchmark": "word_count", "judge": "rubric_two", "collection": collection().slug}
    sent = signed_in(eli).post("/runs/new/benchmark/", asked | {"authors": author("small").pk})
    assert sent.status_code == 302, sent.content.decode()
    run = executed(Run.objects.get())
    assert (run.state, run.error) == ("succeeded", "")
    return BenchmarkResult.objects.get(run=run)


@pytest.mark.django_db(transaction=True)
def test_a_benchmark_is_launched_and_shown_wherever_results_are(
    signed_in: Sign, api: Api, lea: User, measured: BenchmarkResult
) -> None:
    client = signed_in(lea)
    assert "Word count" in client.get("/leaderboards/").content.decode()
    for page in ("word_count/", f"results/{measured.pk}/"):
        html = client.get(f"/leaderboards/{page}").content.decode()
        assert "Word count" in html and "Words" in html and "Longest" in html
    for page in ("", "answers/", f"answers/{measured.verdicts.get().pk}/"):
        assert client.get(f"/benchmarks/{measured.pk}/{page}").status_code == 200
    found = api(lea).get("/api/v1/benchmark-results/?benchmark=word_count").json()["results"]
    assert [(row["name"], row["value"], row["figures"]) for row in found] == [("small", 4.0, {"longest": 4.0})]
