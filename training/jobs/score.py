"""A reward model's raw logit for each response: `python -m training.jobs.score RUNDIR`.

Input `responses`; output `scores.jsonl`: {"response_id", "prompt_id", "score"}, in chunks that survive a kill.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from training.jobs import fan_out
from training.jobs.checkpoints import device, load_reward_model, set_threads
from training.jobs.context_length import context_length
from training.jobs.control_tokens import Message
from training.jobs.conversations import Encoder, with_answer
from training.jobs.engines import chosen_engine
from training.jobs.rendering import Unencodable
from training.jobs.running import Job, main
from training.jobs.scoring import score_ids
from training.jobs.tokenizer import load_tokenizer
from training.specs import Score

# Large enough that sorting by length pays, small enough to lose.
CHUNK = 4096

Record = dict[str, Any]


class Scorer(Protocol):
    """A reward model that is loaded. `longest` is the tokens of a conversation that it can read."""

    name: str
    longest: int

    def score(self, sequences: Sequence[Sequence[int]]) -> list[float]:
        """A logit for each sequence of token ids, in their order."""


class TransformersScorer:
    name = "transformers"

    def __init__(self, spec: Score, base: Path, tokenizer: Any) -> None:
        set_threads(spec)
        self.batch_tokens = spec.batch_tokens
        self.model = load_reward_model(base, spec, tokenizer).to(device(spec))
        self.longest = context_length(self.model.config, spec.max_length) or spec.max_length

    def score(self, sequences: Sequence[Sequence[int]]) -> list[float]:
        scores: list[float] = score_ids(self.model, sequences, self.batch_tokens)
        return scores


def load_scorer(spec: Score, base: Path, tokenizer: Any) -> Scorer:
    if chosen_engine(spec.engine, spec.gpus > 0) == "vllm":
        from training.jobs.engines.with_vllm import VllmScorer

        return VllmScorer(spec, base)
    return TransformersScorer(spec, base, tokenizer)


def score(job: Job[Score]) -> None:
    def load() -> tuple[str, fan_out.Work]:
        base = job.checkpoint("base")
        tokenizer = load_tokenizer(base, job.spec)
        scorer = load_scorer(job.spec, base, tokenizer)
        encoder = Encoder(tokenizer, scorer.longest)

        def work(_: str, chunk: Sequence[Record], *__: object) -> tuple[list[Record], dict[str, int]]:
            before = encoder.counts.copy()
            scores = scored(scorer, encoder, chunk)
            counts = {"scores": len(scores), "without": len(chunk) - len(scores)}
            return scores, counts | (encoder.counts - before)

        return scorer.name, work

    responses = fan_out.Output("scores", job.number_of("responses"), partial(job.records, "responses"))
    job.found.counts.update(fan_out.make(job, fan_out.Plan([responses], CHUNK, "responses", load)).get("scores", {}))


def scored(scorer: Scorer, encoder: Encoder, chunk: Sequence[Record]) -> list[Record]:
    """Scores of those responses that can be scored: whole, and posing as no other turn."""

    def whole(messages: Sequence[Message]) -> list[int]:
        ids = encoder.whole(messages)
        if len(ids) > encoder.max_length:
            raise Unencodable("too_long", f"it has {len(ids):,} tokens, and at most {encoder.max_length:,} are read")
        return ids

    kept = [
        (record, ids)
        for record in chunk
        for [ids] in encoder.tried(record, whole, [with_answer(record, record["response"])])
    ]
    values = scorer.score([ids for _, ids in kept]) if kept else []
    return [
        {"response_id": record["response_id"], "prompt_id": record["prompt_id"], "score": value}
        for (record, _), value in zip(kept, values, strict=True)
    ]


if __name__ == "__main__":
    main(score, Score)
