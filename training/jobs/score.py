"""A reward model's raw logit for each response: `python -m training.jobs.score RUNDIR`.

Input `responses`; output `scores.jsonl`: {"response_id", "prompt_id", "score"}, in chunks that survive a kill.
"""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from training.jobs.appending import Appender
from training.jobs.checkpoints import device, load_reward_model, set_threads
from training.jobs.context_length import context_length
from training.jobs.control_tokens import Message
from training.jobs.conversations import Encoder, batched, with_answer
from training.jobs.engines import chosen_engine
from training.jobs.rendering import Unencodable
from training.jobs.running import Job, log, main
from training.jobs.scoring import score_ids
from training.jobs.tokenizer import load_tokenizer
from training.rundir import ProgressWriter
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
    base = job.checkpoint("base")
    appender = Appender(job.run, "scores")
    done = appender.mark.inputs
    ticker = ProgressWriter(job.run, job.number_of("responses"), "responses", done)
    tokenizer = load_tokenizer(base, job.spec)
    scorer = load_scorer(job.spec, base, tokenizer)
    encoder = Encoder(tokenizer, scorer.longest)
    for chunk in batched(islice(job.records("responses"), done, None), CHUNK):
        job.stop.check()
        before = encoder.counts.copy()
        scores = scored(scorer, encoder, chunk)
        counts = {"scores": len(scores), "without": len(chunk) - len(scores)} | (encoder.counts - before)
        appender.append(scores, len(chunk), counts)
        done += len(chunk)
        ticker.tell(done)
    job.found.counts.update(appender.mark.counts)
    job.found.figures["engine"] = scorer.name
    log.info("%s", dict(job.found.counts))


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
