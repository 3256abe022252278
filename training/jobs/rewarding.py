"""Rewards of answers while a policy learns from them: by the code with which `score` scores."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

from training.jobs.conversations import Encoder
from training.jobs.engines import Answer
from training.jobs.engines.codec import Codec
from training.jobs.running import JobFailed
from training.jobs.score import Record, TransformersScorer, scored
from training.jobs.tokenizer import load_tokenizer
from training.specs import Draw, Online, Score

# An answer is read as one that `sample` drew.
READ_AS = Draw()


class RewardModel:
    """A reward model that is loaded, by the settings of a run that scores."""

    def __init__(self, spec: Online, base: Path) -> None:
        asked = Score(
            base=str(base),
            gpus=int(spec.gpus > 0),
            precision=spec.precision,
            threads=spec.threads,
            seed=spec.seed,
            trust_remote_code=spec.trust_remote_code,
        )
        self.base = base
        tokenizer = load_tokenizer(base, asked)
        self.scorer = TransformersScorer(asked, base, tokenizer)
        self.encoder = Encoder(tokenizer, self.scorer.longest)

    def rewards(self, records: Sequence[Record]) -> list[float | None]:
        """The raw logit of each response; None of one that `score` would leave out. Raises JobFailed."""
        found = {row["response_id"]: row["score"] for row in scored(self.scorer, self.encoder, records)}
        if not all(map(isfinite, found.values())):
            raise JobFailed(f"The reward model in {self.base} gives no finite number. Score with another.")
        return [found.get(record["response_id"]) for record in records]


@dataclass
class Rewarding:
    """What TRL calls for rewards: a function for each reward model, and one that takes off for length.

    All of them see the answers as text, without the token that ends them.
    """

    spec: Online
    codec: Codec
    models: list[RewardModel]
    functions: list[Any] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        for number, (model, weight) in enumerate(zip(self.models, self.spec.weights, strict=True), 1):
            self.add(f"model-{number}", weight, model.rewards)
        if self.spec.length_penalty:
            self.add("length", self.spec.length_penalty, shortness)

    def add(self, name: str, weight: float, rewards: Any) -> None:
        """TRL names a curve by the function's name."""

        def function(*, prompts: Any, completion_ids: Any, messages: Any, **_: Any) -> list[float | None]:
            found: list[float | None] = rewards(self.records(messages, prompts, completion_ids))
            return found

        function.__name__ = name
        self.functions.append(function)
        self.weights.append(weight)

    def total(self, records: Sequence[Record]) -> list[float | None]:
        """What an answer is worth in all, as the curve `reward` has it; None where no reward model can read it."""
        parts = [model.rewards(records) for model in self.models]
        lengths = [self.spec.length_penalty * taken for taken in shortness(records)]
        return [
            sum(weight * value for weight, value in zip(self.spec.weights, values, strict=True) if value is not None)
            + length
            if any(value is not None for value in values)
            else None
            for *values, length in zip(*parts, lengths, strict=True)
        ]

    def records(self, messages: Any, prompts: Any, completion_ids: Any) -> list[Record]:
        """As a run that scores reads them."""
        return [
            {"response_id": place, "prompt_id": place, "prompt": asked, "response": self.answer(ids, prompt).text}
            for place, (asked, prompt, ids) in enumerate(zip(messages, prompts, completion_ids, strict=True))
        ]

    def answer(self, ids: Sequence[int], prompt: Sequence[int]) -> Answer:
        return self.codec.answer(ids, len(prompt), READ_AS)


def shortness(records: Sequence[Record]) -> list[float]:
    """Below 0 by the characters that an answer has."""
    return [-float(len(record["response"])) for record in records]
