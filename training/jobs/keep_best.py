"""From scored responses what the next trainers learn from: `python -m training.jobs.keep_best RUNDIR`.

Input `responses`, and `scores` where the responses do not carry their own; with `scores_2` and so on, several scores
of each become one. Output: `best.jsonl`, the best of each prompt; `random.jsonl`, as many at random, the control that
shows what choosing is worth; `pairs.jsonl`, preferences. A prompt's responses may lie anywhere in the file. One
prompt's are in memory at a time.
"""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import fmean, pstdev, quantiles
from typing import Any, BinaryIO

import msgspec

from training.jobs.best_of_n import Curve
from training.jobs.candidates import Candidates, Record, Scored, ScoredResponses
from training.jobs.pair_strategies import Paired, paired, some
from training.jobs.running import Job, log, main
from training.rundir import ProgressWriter
from training.specs import KeepBest


def keep_best(job: Job[KeepBest]) -> None:
    spec = job.spec
    scores = [job.path_of(name) for name in sorted(spec.data) if name.partition("_")[0] == "scores"]
    index = job.run.checkpoints / "responses.sqlite"
    scored = ScoredResponses(index, job.path_of("responses"), scores, spec.combine, spec.normalise)
    sizes, left_out = scored.sizes, scored.beyond(spec.per_category, spec.seed)
    by_chance, of_pairs = random.Random(spec.seed), random.Random(spec.seed)
    for size in sizes:
        # All of the control is drawn before any pair is.
        some(range(size), spec.keep, of_pairs)
    ticker, found = ProgressWriter(job.run, len(sizes) - len(left_out), "prompts"), Figures()
    with ExitStack() as stack:
        files = {name: stack.enter_context(output(job, name)) for name in ("best", "random", "pairs")}
        for done, each in enumerate(scored.by_prompt(spec.length_penalty, left_out), 1):
            job.stop.check()
            best = [one for one in each.responses[: spec.keep] if is_good(one, spec)]
            arbitrary = some(each.responses, len(best), by_chance)
            pairs = paired(each.responses, spec, of_pairs) if spec.pairs else Paired()
            write(files["best"], map(each.demonstration, best))
            write(files["random"], map(each.demonstration, arbitrary))
            write(files["pairs"], (each.preference(*pair) for pair in pairs.pairs))
            found.add(each, best, arbitrary, pairs)
            ticker.tell(done)
    rare = {"without_score": scored.without_score, "beyond_quota": len(left_out)}
    job.found.counts.update(found.counts | {name: count for name, count in rare.items() if count})
    job.found.figures.update(found.figures)
    log.info("%s", dict(job.found.counts))


def is_good(response: Scored, spec: KeepBest) -> bool:
    return spec.least_score is None or response.score >= spec.least_score


@dataclass
class Lengths:
    """Lengths in characters, as their number and sum."""

    number: int = 0
    total: int = 0

    def add(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.number += 1
            self.total += len(text)

    @property
    def mean(self) -> float | None:
        return self.total / self.number if self.number else None


@dataclass
class LengthCorrelation:
    """How scores go with lengths among responses to one prompt: Pearson's r of both less the prompt's means."""

    products: float = 0.0
    lengths: float = 0.0
    scores: float = 0.0

    def add(self, responses: Sequence[Scored]) -> None:
        length, score = fmean(len(one.text) for one in responses), fmean(one.score for one in responses)
        for one in responses:
            longer, better = len(one.text) - length, one.score - score
            self.products += longer * better
            self.lengths += longer**2
            self.scores += better**2

    @property
    def value(self) -> float | None:
        both = self.lengths * self.scores
        return self.products / both**0.5 if both else None


@dataclass
class Figures:
    """The best-of-n curve, how even a prompt's responses are, and lengths in characters: a reward buys length too.

    Of a prompt it keeps a few numbers and no text.
    """

    curve: Curve = field(default_factory=Curve)
    means: list[float] = field(default_factory=list)
    deviations: list[float] = field(default_factory=list)
    tenths: list[float] = field(default_factory=list)
    with_length: LengthCorrelation = field(default_factory=LengthCorrelation)
    without: Counter[str] = field(default_factory=Counter)
    ways: Counter[str] = field(default_factory=Counter)
    margins: float = 0.0
    lengths: dict[str, Lengths] = field(
        default_factory=lambda: {name: Lengths() for name in ("all", "best", "random", "chosen", "rejected")}
    )

    def add(self, each: Candidates, best: Sequence[Scored], arbitrary: Sequence[Scored], pairs: Paired) -> None:
        scores = [one.score for one in each.responses]
        self.curve.add(scores)
        self.without["best"] += not best
        if pairs.why_none:
            self.without.update(("pair", f"pair_{pairs.why_none}"))
        self.ways[pairs.by] += len(pairs.pairs)
        self.means.append(fmean(scores))
        if len(scores) > 1:
            self.deviations.append(pstdev(scores))
            self.tenths.append(quantiles(scores, n=10)[0])
            self.with_length.add(each.responses)
        chosen, rejected = [pair[0] for pair in pairs.pairs], [pair[1] for pair in pairs.pairs]
        self.margins += sum(one.score - other.score for one, other in pairs.pairs)
        for name, texts in zip(self.lengths, (each.responses, best, arbitrary, chosen, rejected), strict=True):
            self.lengths[name].add(one.text for one in texts)

    @property
    def counts(self) -> dict[str, int]:
        """Prompts that gave nothing by why, where there are any; ways of pairing where several made pairs."""
        made = {way: count for way, count in self.ways.items() if count}
        return {
            "prompts": self.curve.prompts,
            "responses": self.lengths["all"].number,
            "best": self.lengths["best"].number,
            "pairs": self.lengths["chosen"].number,
            "without_pair": self.without["pair"],
            **{f"without_{why}": count for why, count in self.without.items() if count},
            **({f"pairs_{way}": count for way, count in made.items()} if len(made) > 1 else {}),
        }

    @property
    def figures(self) -> dict[str, Any]:
        pairs = self.lengths["chosen"].number
        return {
            "best_of_n": self.curve.points,
            "mean": fmean(self.means) if self.means else None,
            "deviation": fmean(self.deviations) if self.deviations else None,
            "tenth": fmean(self.tenths) if self.tenths else None,
            "score_with_length": self.with_length.value,
            "margin": self.margins / pairs if pairs else None,
            "length": {name: found.mean for name, found in self.lengths.items()},
        }


def output(job: Job[KeepBest], name: str) -> BinaryIO:
    job.run.output.mkdir(exist_ok=True)
    return (job.run.output / f"{name}.jsonl").open("wb")


def write(file: BinaryIO, records: Iterable[Record]) -> None:
    file.writelines(msgspec.json.encode(record) + b"\n" for record in records)


if __name__ == "__main__":
    main(keep_best, KeepBest)
