"""Answers as they change, on the page of a run that learns."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from frontend.presenters.training.shown_answers import SHOWN
from tests.frontend.machines import run, running
from training.models import Run
from training.rundir import RunDir, append_lines


@pytest.fixture(autouse=True)
def runs_folder(settings: Any, tmp_path: Path) -> Path:
    settings.RUNS_DIR = tmp_path
    return tmp_path


def write(found: Run, step: int, prompts: int = 1, **more: Any) -> None:
    found.directory.mkdir(parents=True, exist_ok=True)
    asked = {"prompt": [{"role": "user", "content": "List <b>tools</b>."}], "reward": None, "finish_reason": "stop"}
    lines = [asked | {"prompt_id": place, "step": step, "response": f"Answer {step}."} for place in range(prompts)]
    append_lines(RunDir(found.directory).samples, [line | more for line in lines])


def body(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, response.content
    return " ".join(response.content.decode().split())


def test_a_page_has_a_row_for_each_step_the_newest_first(engineer: Client) -> None:
    found = run("sft", state="succeeded")
    for step in (0, 100):
        write(found, step, prompts=2)
    html = body(engineer, f"/runs/{found.pk}/")
    assert html.index("Answer 100.") < html.index("Answer 0.") and html.count('<th scope="col" dir') == 2
    assert "List &lt;b&gt;tools&lt;/b&gt;." in html and f"/runs/{found.pk}/answers" not in html


def test_of_many_steps_some_are_shown_evenly_with_the_first_and_the_last(engineer: Client) -> None:
    found = run("dpo", state="succeeded")
    for step in range(0, 1010, 10):
        write(found, step)
    html = body(engineer, f"/runs/{found.pk}/answers/")
    assert [f"Answer {step}." in html for step in (0, 10, 200, 400, 600, 800, 1000)] == [True, False] + [True] * 5
    assert f"Not shown here: {101 - SHOWN} steps more." in html


def test_while_it_goes_on_the_page_asks_for_new_ones_and_is_told_nothing_where_there_are_none(
    engineer: Client,
) -> None:
    found = running(spec={"settings": {"shown": 2}, "data": {}})
    assert f'/runs/{found.pk}/answers/?seen="' in body(engineer, f"/runs/{found.pk}/")
    assert engineer.get(f"/runs/{found.pk}/answers/?seen=").status_code == 204
    write(found, 40, finish_reason="length")
    html = body(engineer, f"/runs/{found.pk}/answers/?seen=")
    assert "Answer 40." in html and "cut off" in html and "?seen=40" in html
    assert engineer.get(f"/runs/{found.pk}/answers/?seen=40").status_code == 204


def test_a_line_that_is_being_written_is_not_read_and_one_that_was_told_twice_counts_once(engineer: Client) -> None:
    found = running()
    write(found, 5)
    write(found, 5, response="Told again.")
    with RunDir(found.directory).samples.open("ab") as file:
        file.write(b'{"step": 6, "prom')
    html = body(engineer, f"/runs/{found.pk}/")
    assert "Told again." in html and "Answer 5." not in html


def test_a_run_that_was_not_asked_has_no_such_section(engineer: Client) -> None:
    assert "Answers as they change" not in body(engineer, f"/runs/{running().pk}/")
