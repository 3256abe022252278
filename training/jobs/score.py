"""A reward model's raw logit for each response: `python -m training.jobs.score RUNDIR`.

Input `responses`; output `scores.jsonl`: {"response_id", "prompt_id", "score"}, in chunks that survive a kill.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from training.jobs.appending import Appender
from training.jobs.checkpoints import device, load_reward_model, set_threads
from training.jobs.conversations import Encoder, batched, with_answer
from training.jobs.engines import chosen_engine
from training.jobs.running import Job, log, main
from training.jobs.scoring import score_ids
from training.jobs.tokenizer import load_tokenizer
from training.rundir import ProgressWriter
from training.specs import Score

# Large enough that sorting by length pays, small enough to lose.
CHUNK = 4096

Record = dict[str, Any]


class Scorer(Protocol):
    name: str

    def score(self, sequences: Sequence[Sequence[int]]) -> list[float]:
        """A logit for each sequence of token ids, in their order."""


class TransformersScorer:
    name = "transformers"

    def __init__(self, spec: Score, base: Path, tokenizer: Any) -> None:
        set_threads(spec)
        self.batch_tokens = spec.batch_tokens
        self.model = load_reward_model(base, spec, tokenizer).to(device(spec))

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
    records = list(job.records("responses"))
    appender = Appender(job.run, "scores")
    done = appender.mark.inputs
    ticker = ProgressWriter(job.run, len(records), "responses", done)
    tokenizer = load_tokenizer(base, job.spec)
    scorer = load_scorer(job.spec, base, tokenizer)
    encoder = Encoder(tokenizer, job.spec.max_length)
    for chunk in batched(records[done:], CHUNK):
        job.stop.check()
        scores = scored(scorer, encoder, chunk)
        appender.append(scores, len(chunk), {"scores": len(scores), "without": len(chunk) - len(scores)})
        done += len(chunk)
        ticker.tell(done)
    job.found.counts.update(appender.mark.counts)
    job.found.figures["engine"] = scorer.name
    log.info("%s", dict(job.found.counts))


def scored(scorer: Scorer, encoder: Encoder, chunk: Sequence[Record]) -> list[Record]:
    """Scores of those responses that can be scored: whole, and posing as no other turn."""
    encoded = [
        (record, ids)
        for record in chunk
        for [ids] in encoder.tried(record, encoder.whole, [with_answer(record, record["response"])])
    ]
    kept = [(record, ids) for record, ids in encoded if len(ids) <= encoder.max_length]
    values = scorer.score([ids for _, ids in kept]) if kept else []
    return [
        {"response_id": record["response_id"], "prompt_id": record["prompt_id"], "score": value}
        for (record, _), value in zip(kept, values, strict=True)
    ]


if __name__ == "__main__":
    main(score, Score)
