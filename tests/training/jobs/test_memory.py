"""Ten times the rows, and no more of them in memory at a time."""

import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.training.jobs.conftest import Records, ask, make, perform
from training.jobs import sample, score
from training.jobs.conversations import Encoder
from training.jobs.engines import Answer, AnswerRequest
from training.specs import Draw

TEXT = "saw " * 500
PROMPTS = [{"prompt_id": number, "prompt": ask(f"{number} {TEXT}")} for number in range(400)]
RESPONSES = [
    {
        "response_id": f"{p}/{n}",
        "prompt_id": p,
        "prompt": ask(f"{p}"),
        "response": f"{n} {TEXT}",
        "score": float(n % 7),
    }
    for p in range(100)
    for n in range(8)
]


class Echo:
    """An engine and a reward model that need no memory."""

    name = "echo"
    longest = 10_000

    def generate(self, asks: Sequence[AnswerRequest], draw: Draw, seed: int) -> Iterator[list[Answer]]:
        yield from ([Answer(one.prompt[-1]["content"], "stop", 1, 1)] for one in asks)

    def score(self, sequences: Sequence[Sequence[int]]) -> list[float]:
        return [float(len(ids)) for ids in sequences]


def peak(path: Path, kind: str, data: dict[str, Records], **fields: Any) -> int:
    """The most bytes that the program's Python objects took at once."""
    run = make(path, kind, data, **fields)
    tracemalloc.start()
    result = perform(run)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert result.state == "succeeded", result.error
    return most


@pytest.mark.parametrize(
    ("kind", "name", "rows", "fields"),
    [
        ("sample", "prompts", PROMPTS, {"chunk": 8}),
        ("score", "responses", RESPONSES[:400], {}),
        ("keep_best", "responses", RESPONSES, {"pairs": 2}),
    ],
)
def test_memory_does_not_grow_with_the_rows(
    base: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    name: str,
    rows: list[dict[str, Any]],
    fields: dict[str, Any],
) -> None:
    monkeypatch.setattr(sample, "load_sampler", lambda spec, path: Echo())
    monkeypatch.setattr(score, "load_scorer", lambda spec, path, tokenizer: Echo())
    monkeypatch.setattr(score, "CHUNK", 8)
    monkeypatch.setattr(Encoder, "whole", lambda encoder, messages: [1, 2, 3])
    started = {} if kind == "keep_best" else {"base": base}
    # The first start imports, compiles and caches.
    _, few, many = (
        peak(tmp_path / f"{turn}", kind, {name: rows[:number]}, **started, **fields)
        for turn, number in enumerate((40, 40, len(rows)))
    )
    texts = (len(rows) - 40) * len(TEXT)
    assert many - few < texts / 20
