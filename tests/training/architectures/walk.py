"""One model through every program: finetuned, asked, judged by a reward model of its own, and trained on the best.

Each stage reads what those before it left, as a recipe has it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.training.architectures.families import FAMILIES
from tests.training.jobs.conftest import DEMONSTRATIONS, PREFERENCES, ask, make
from training.rundir import Result, RunDir, read_records

STAGES = ("sft", "sample", "reward", "score", "keep_best", "dpo")
# Of different lengths, so that a batch is padded; one holds what no tokenizer has a piece for.
PROMPTS = [
    {"prompt_id": number, "prompt": ask(text)}
    for number, text in enumerate(["List old tools.", "Say: é€ 木", "List " + "two red and new tools " * 6])
]
TRAINS = {"max_steps": 1, "warmup": 0.0, "max_length": 400, "learning_rate": 1e-3}
LEARNS = frozenset({"sft", "reward", "dpo"})


@dataclass
class Walk:
    """A family's model at `base`, whose runs lie in `folder`. `perform` runs a program to its end.

    `more` are settings of the stages that train, `engine` is that of those that ask a model.
    """

    family: str
    base: Path
    folder: Path
    perform: Callable[[RunDir], Result]
    more: dict[str, Any] = field(default_factory=dict)
    engine: str = "transformers"

    def go(self) -> Iterator[tuple[str, RunDir, Result]]:
        """Each stage once it has ended; what failed is the last."""
        for stage in STAGES:
            run = self.made(stage)
            result = self.perform(run)
            yield stage, run, result
            if result.state != "succeeded":
                return

    def made(self, stage: str) -> RunDir:
        settings: dict[str, Any] = getattr(self, stage)()
        if stage in LEARNS:
            settings = TRAINS | settings | self.more
        return make(self.folder / stage, stage, **settings)

    def left(self, stage: str, file: str = "") -> Any:
        """The checkpoint that a stage made, or the lines of one of its files."""
        output = RunDir(self.folder / stage).output
        return list(read_records(output / file)) if file else str(output)

    # The stages

    def sft(self) -> dict[str, Any]:
        family = FAMILIES[self.family]
        template = "own" if family.is_own else family.template
        return {"data": {"train": DEMONSTRATIONS}, "base": str(self.base), "template": template}

    def sample(self) -> dict[str, Any]:
        draws = [{"n": 4, "temperature": 1.0}, {"name": "greedy", "temperature": 0.0}]
        asked = {"draws": draws, "max_tokens": 24, "engine": self.engine}
        return {"data": {"prompts": PROMPTS}, "base": self.left("sft")} | asked

    def reward(self) -> dict[str, Any]:
        return {"data": {"train": PREFERENCES}, "base": self.left("sft")}

    def score(self) -> dict[str, Any]:
        responses = self.left("sample", "responses.jsonl")
        return {"data": {"responses": responses}, "base": self.left("reward"), "engine": self.engine}

    def keep_best(self) -> dict[str, Any]:
        responses = self.left("sample", "responses.jsonl")
        return {"data": {"responses": responses, "scores": self.left("score", "scores.jsonl")}, "keep": 1, "pairs": 2}

    def dpo(self) -> dict[str, Any]:
        return {"data": {"train": self.left("keep_best", "pairs.jsonl")}, "base": self.left("sft")}
