"""A reward model's raw logit for each response: `python -m training.jobs.score RUNDIR`.

Input `responses`; output `scores.jsonl`: {"response_id", "prompt_id", "score"}, in chunks that survive a kill. Of
several reward models, which are loaded one after the other, each leaves `scores_1.jsonl` and so on, the base first;
`scores.jsonl` has then their one score, and `scores` with what each said, for those responses that all of them scored.
"""

import gc
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import msgspec
import torch

from training.jobs import fan_out, score_files
from training.jobs.checkpoints import device, load_reward_model, set_threads
from training.jobs.context_length import context_length
from training.jobs.control_tokens import Message
from training.jobs.conversations import Encoder, with_answer
from training.jobs.engines import chosen_engine
from training.jobs.rendering import Unencodable
from training.jobs.running import Job, is_first, main
from training.jobs.scoring import score_ids
from training.jobs.tokenizer import load_tokenizer
from training.rundir import read_records
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

    def close(self) -> None:
        """Its memory is free for the next one."""


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

    def close(self) -> None:
        del self.model
        gc.collect()
        torch.cuda.empty_cache()


def load_scorer(spec: Score, base: Path, tokenizer: Any) -> Scorer:
    if chosen_engine(spec.engine, spec.gpus > 0) == "vllm":
        from training.jobs.engines.with_vllm import VllmScorer

        return VllmScorer(spec, base)
    return TransformersScorer(spec, base, tokenizer)


def score(job: Job[Score]) -> None:
    models = [job.checkpoint("base"), *job.checkpoints("reward_models")]
    names = ["scores"] if len(models) == 1 else [f"scores_{number}" for number in range(1, len(models) + 1)]
    total, records = job.number_of("responses"), partial(job.records, "responses")

    def load() -> tuple[str, fan_out.Work]:
        chosen = chosen_engine(job.spec.engine, job.spec.gpus > 0)
        return chosen, OneAtATime(job.spec, dict(zip(names, models, strict=True))).work

    outputs = [fan_out.Output(name, total, records) for name in names]
    counts = fan_out.make(job, fan_out.Plan(outputs, CHUNK, "responses", load))
    if len(models) == 1:
        job.found.counts.update(counts.get("scores", {}))
    elif is_first():
        for number, name in enumerate(names, 1):
            job.found.counts.update({f"{what}_{number}": count for what, count in counts[name].items()})
        scores = combined(job, names)
        job.found.counts.update(scores=scores, without=total - scores)


class OneAtATime:
    """The reward models of a run by the output that each makes; no two are in memory together."""

    def __init__(self, spec: Score, models: Mapping[str, Path]) -> None:
        self.spec, self.models = spec, models
        self.loaded: tuple[str, Scorer, Encoder] | None = None

    def work(self, name: str, chunk: Sequence[Record], *_: object) -> tuple[list[Record], Mapping[str, int]]:
        scorer, encoder = self.model(name)
        before: Counter[str] = encoder.counts.copy()
        scores = scored(scorer, encoder, chunk)
        counts = {"scores": len(scores), "without": len(chunk) - len(scores)}
        return scores, counts | (encoder.counts - before)

    def model(self, name: str) -> tuple[Scorer, Encoder]:
        if self.loaded and self.loaded[0] != name:
            self.loaded[1].close()
            self.loaded = None
        if self.loaded is None:
            tokenizer = load_tokenizer(self.models[name], self.spec)
            scorer = load_scorer(self.spec, self.models[name], tokenizer)
            self.loaded = name, scorer, Encoder(tokenizer, scorer.longest)
        return self.loaded[1:]


def combined(job: Job[Score], names: Sequence[str]) -> int:
    """How many responses have one score now: those that every model scored, in the order of the first file."""
    files = [job.run.output / f"{name}.jsonl" for name in names]
    path = job.run.checkpoints / "scores.sqlite"
    # What a killed program left of it is made anew.
    path.unlink(missing_ok=True)
    index = sqlite3.connect(path)
    number = 0
    with (job.run.output / "scores.jsonl").open("wb") as file:
        for record in one_score_each(index, files, job.spec):
            file.write(msgspec.json.encode(record) + b"\n")
            number += 1
    return number


def one_score_each(index: sqlite3.Connection, files: Sequence[Path], spec: Score) -> Iterator[Record]:
    score_files.combine_into(index, files, spec.combine, spec.normalise)
    for record in read_records(files[0]):
        known = (record["response_id"],)
        if found := index.execute("SELECT score FROM scores WHERE response_id = ?", known).fetchone():
            raw = index.execute("SELECT score FROM raw WHERE response_id = ? ORDER BY model", known).fetchall()
            values = [score_files.FLOAT.unpack(value)[0] for (value,) in raw]
            yield record | {"score": score_files.FLOAT.unpack(found[0])[0], "scores": values}


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
