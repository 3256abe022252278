"""Answers as they change: by prompt and step, whole lines only."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.test import Client
from rest_framework.test import APIClient

from studio.accounts.models import User
from tests.frontend.machines import run as make_run
from training.models import Run
from training.runs.shown_answers import shown_answers

pytestmark = pytest.mark.django_db


def line(step: int, prompt_id: int = 1, response: str = "", reward: float | None = 0.5) -> bytes:
    asked = [{"role": "user", "content": f"Question {prompt_id}?"}]
    record = {"step": step, "prompt_id": prompt_id, "prompt": asked, "reward": reward, "finish_reason": "length"}
    return msgspec.json.encode(record | {"response": response or f"Answer {step}"}) + b"\n"


@pytest.fixture
def learning(settings: Any, tmp_path: Path) -> Run:
    """A run at work, which was resumed at step 20 and is writing a line."""
    settings.RUNS_DIR = tmp_path
    run = make_run("online", spec={"settings": {}})
    run.directory.mkdir(parents=True)
    written = [line(0), line(0, 2), line(20, response="Before the kill"), line(20, response="<b>After</b>"), b'{"st']
    (run.directory / "samples.jsonl").write_bytes(b"".join(written))
    return run


def test_each_prompt_has_its_answers_by_step(learning: Run) -> None:
    one, other = shown_answers(learning)
    assert [(answer.step, answer.response) for answer in one.answers] == [(0, "Answer 0"), (20, "<b>After</b>")]
    assert (other.question, len(other.answers)) == ("Question 2?", 1)


def test_the_page_and_the_api_have_them(
    learning: Run, signed_in: Callable[[User], Client], api: Callable[[User], APIClient], eli: User
) -> None:
    html = signed_in(eli).get(f"/runs/{learning.pk}/").content.decode()
    assert "Answers as they change" in html and "Question 2?" in html and "cut off" in html
    assert "<b>After</b>" not in html and "&lt;b&gt;After" in html
    found = api(eli).get(f"/api/v1/runs/{learning.pk}/samples/").json()
    assert [[answer["step"] for answer in one["answers"]] for one in found] == [[0, 20], [0]]


def test_a_run_that_shows_none_has_no_such_part(
    settings: Any, tmp_path: Path, signed_in: Callable[[User], Client], eli: User
) -> None:
    settings.RUNS_DIR = tmp_path
    found = make_run("sft", spec={"settings": {}})
    assert "Answers as they change" not in signed_in(eli).get(f"/runs/{found.pk}/").content.decode()
