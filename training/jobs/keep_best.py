"""From scored responses what the next trainers learn from: `python -m training.jobs.keep_best RUNDIR`.

Input `responses`, and `scores` where the responses do not carry their own. Output: `best.jsonl`, the best of each
prompt; `random.jsonl`, as many at random, the control that shows what choosing is worth; `pairs.jsonl`, preferences.
A prompt's responses may lie anywhere in the file. One prompt's are in memory at a time.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from math import comb
from statistics import fmean, pstdev, quantiles, stdev
from typing import Any, BinaryIO, TypeVar

import msgspec

from training.jobs.candidates import Candidates, Record, Scored, ScoredResponses
from training.jobs.running import Job, log, main
from training.rundir import ProgressWriter
from training.specs import KeepBest

T = TypeVar("T")


def keep_best(job: Job[KeepBest]) -> None:
    spec = job.spec
    scores = job.path_of("scores") if "scores" in spec.data else None
    scored = ScoredResponses(job.run.checkpoints / "responses.sqlite", job.path_of("responses"), scores)
    sizes = scored.sizes
    by_chance, paired = random.Random(spec.seed), random.Random(spec.seed)
    for size in sizes:
        # All of the control is drawn before any pair is.
        some(range(size), spec.keep, paired)
    ticker, found = ProgressWriter(job.run, len(sizes), "prompts"), Figures()
    with ExitStack() as stack:
        files = {name: stack.enter_context(output(job, name)) for name in ("best", "random", "pairs")}
        for done, each in enumerate(scored.by_prompt(spec.length_penalty), 1):
            job.stop.check()
            best = each.responses[: spec.keep]
            arbitrary = some(each.responses, spec.keep, by_chance)
            pairs = list(pairs_of(each.responses, spec, paired))
            write(files["best"], map(each.demonstration, best))
            write(files["random"], map(each.demonstration, arbitrary))
            write(files["pairs"], (each.preference(*pair) for pair in pairs))
            found.add(each, best, arbitrary, pairs)
            ticker.tell(done)
    job.found.counts.update(found.counts | ({"without_score": scored.without_score} if scored.without_score else {}))
    job.found.figures.update(found.figures)
    log.info("%s", dict(job.found.counts))


def some(responses: Sequence[T], number: int, chance: random.Random) -> list[T]:
    return chance.sample(responses, min(number, len(responses)))


def pairs_of(responses: Sequence[Scored], spec: KeepBest, chance: random.Random) -> Iterator[tuple[Scored, Scored]]:
    """Chosen and rejected. Equal scores make no pair."""
    if len(responses) < 2 or not spec.pairs:
        return
    for chosen, rejected in STRATEGIES[spec.pairing](responses, spec, chance):
        if chosen.score > rejected.score:
            yield chosen, rejected


Pairs = Iterable[tuple[Scored, Scored]]


def best_worst(responses: Sequence[Scored], spec: KeepBest, chance: random.Random) -> Pairs:
    """Best against worst, second best against second worst, and so on."""
    number = min(spec.pairs, len(responses) // 2)
    return [(responses[place], responses[-1 - place]) for place in range(number)]


def best_random(responses: Sequence[Scored], spec: KeepBest, chance: random.Random) -> Pairs:
    return [(responses[0], other) for other in some(responses[1:], spec.pairs, chance)]


def best_second(responses: Sequence[Scored], spec: KeepBest, chance: random.Random) -> Pairs:
    return [(responses[0], other) for other in responses[1 : 1 + spec.pairs]]


def by_quantiles(responses: Sequence[Scored], spec: KeepBest, chance: random.Random) -> Pairs:
    """Chosen from the top share, rejected from the bottom share, each response at most once."""
    top = responses[: max(1, round(len(responses) * spec.upper))]
    bottom = responses[len(top) :][-max(1, round(len(responses) * spec.lower)) :]
    number = min(spec.pairs, len(top), len(bottom))
    return zip(chance.sample(top, number), chance.sample(bottom, number), strict=True)


STRATEGIES = {
    "best_worst": best_worst,
    "best_random": best_random,
    "best_second": best_second,
    "quantiles": by_quantiles,
}


@dataclass
class Curve:
    """Expected best score of n responses, n = 1, 2, 4, … as far as every prompt has that many.

    Unbiased, from all N responses of a prompt: Σᵢ C(N−i, n−1) / C(N, n) · rᵢ with r₁ the best (Nakano et al.,
    "WebGPT", 2021, appendix). `error` is the standard error over prompts; of one prompt there is none.
    """

    prompts: int = 0
    expected: dict[int, list[float]] = field(default_factory=dict)

    def add(self, scores: Sequence[float]) -> None:
        """A prompt's scores, best first."""
        sizes = [2**power for power in range(len(scores).bit_length())]
        common = sizes if not self.prompts else [n for n in self.expected if n in sizes]
        self.expected = {n: self.expected.get(n, []) for n in common}
        for n, found in self.expected.items():
            found.append(expected_best(scores, n))
        self.prompts += 1

    @property
    def points(self) -> list[dict[str, float]]:
        return [point(n, best) for n, best in self.expected.items()]


def point(n: int, best: Sequence[float]) -> dict[str, float]:
    error = {"error": stdev(best) / len(best) ** 0.5} if len(best) > 1 else {}
    return {"n": n, "score": fmean(best), "prompts": len(best), **error}


def expected_best(scores: Sequence[float], n: int) -> float:
    total = len(scores)
    return sum(comb(total - 1 - place, n - 1) * score for place, score in enumerate(scores)) / comb(total, n)


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
class Figures:
    """The best-of-n curve, how even a prompt's responses are, and lengths in characters: a reward buys length too.

    Of a prompt it keeps a few numbers and no text.
    """

    curve: Curve = field(default_factory=Curve)
    deviations: list[float] = field(default_factory=list)
    tenths: list[float] = field(default_factory=list)
    without_pair: int = 0
    lengths: dict[str, Lengths] = field(
        default_factory=lambda: {name: Lengths() for name in ("all", "best", "random", "chosen", "rejected")}
    )

    def add(
        self,
        each: Candidates,
        best: Sequence[Scored],
        arbitrary: Sequence[Scored],
        pairs: Sequence[tuple[Scored, Scored]],
    ) -> None:
        scores = [one.score for one in each.responses]
        self.curve.add(scores)
        self.without_pair += len(set(scores)) < 2
        if len(scores) > 1:
            self.deviations.append(pstdev(scores))
            self.tenths.append(quantiles(scores, n=10)[0])
        chosen, rejected = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        for name, texts in zip(self.lengths, (each.responses, best, arbitrary, chosen, rejected), strict=True):
            self.lengths[name].add(one.text for one in texts)

    @property
    def counts(self) -> dict[str, int]:
        return {
            "prompts": self.curve.prompts,
            "responses": self.lengths["all"].number,
            "best": self.lengths["best"].number,
            "pairs": self.lengths["chosen"].number,
            "without_pair": self.without_pair,
        }

    @property
    def figures(self) -> dict[str, Any]:
        return {
            "best_of_n": self.curve.points,
            "deviation": fmean(self.deviations) if self.deviations else None,
            "tenth": fmean(self.tenths) if self.tenths else None,
            "length": {name: found.mean for name, found in self.lengths.items()},
        }


def output(job: Job[KeepBest], name: str) -> BinaryIO:
    job.run.output.mkdir(exist_ok=True)
    return (job.run.output / f"{name}.jsonl").open("wb")


def write(file: BinaryIO, records: Iterable[Record]) -> None:
    file.writelines(msgspec.json.encode(record) + b"\n" for record in records)


if __name__ == "__main__":
    main(keep_best, KeepBest)
