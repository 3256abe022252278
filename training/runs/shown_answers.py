"""Answers that a policy gave to the same prompts while it learnt, as its program left them in `samples.jsonl`."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import msgspec

from training.models import Run
from training.rundir import RunDir


class ShownAnswer(msgspec.Struct, frozen=True):
    """`reward` is what it is worth in all; None where no reward model reads it."""

    step: int
    response: str
    reward: float | None
    finish_reason: str


@dataclass(frozen=True)
class ShownPrompt:
    """A prompt with its answers by rising step."""

    prompt_id: int | str
    prompt: list[dict[str, str]]
    answers: list[ShownAnswer]

    @property
    def question(self) -> str:
        """The last turn."""
        return self.prompt[-1]["content"]


def shown_answers(run: Run) -> list[ShownPrompt]:
    """Empty where its program showed none. After a resumption the later answers of a step count."""
    path = RunDir(run.directory).samples
    if not path.is_file():
        return []
    asked: dict[Any, list[dict[str, str]]] = {}
    found: defaultdict[Any, dict[int, ShownAnswer]] = defaultdict(dict)
    for line in path.read_bytes().splitlines(keepends=True):
        if not line.endswith(b"\n"):
            # It is being written.
            break
        record = msgspec.json.decode(line)
        asked[record["prompt_id"]] = record["prompt"]
        found[record["prompt_id"]][record["step"]] = msgspec.convert(record, ShownAnswer)
    return [
        ShownPrompt(prompt_id, asked[prompt_id], [answers[step] for step in sorted(answers)])
        for prompt_id, answers in found.items()
    ]
