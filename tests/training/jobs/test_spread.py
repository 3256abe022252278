"""Sampling and scoring by two processes, with a real model: the bytes of one."""

import subprocess
from pathlib import Path

import pytest

from tests.training.jobs.conftest import DEMONSTRATIONS, make, perform
from training.commands import command

ROOT = Path(__file__).parents[3]
PROMPTS = DEMONSTRATIONS[:6]
RESPONSES = [
    {"response_id": number, "prompt_id": 1, "prompt": record["prompt"], "response": record["response"]}
    for number, record in enumerate(DEMONSTRATIONS)
]
DRAWS = [{"name": "many", "n": 3}, {"name": "greedy", "n": 1, "temperature": 0.0}]


@pytest.mark.slow
def test_two_processes_sample_what_one_does(base: str, tmp_path: Path) -> None:
    asked = {"base": base, "draws": DRAWS, "max_tokens": 12, "chunk": 2, "engine": "transformers"}
    one = make(tmp_path / "one", "sample", {"prompts": PROMPTS}, **asked)
    two = make(tmp_path / "two", "sample", {"prompts": PROMPTS}, **asked, processes=2)
    subprocess.run(command(two.spec, two.path), cwd=ROOT, check=True)
    counts = perform(one).counts
    result = two.read_result()
    assert result and result.counts == counts
    # The first of them loads neither the model nor torch.
    assert {"torch", "transformers"} <= result.versions.keys() and result.cpu_seconds > 2
    for draw in ("many.jsonl", "greedy.jsonl"):
        assert (one.output / draw).read_bytes() == (two.output / draw).read_bytes()
