"""From scored responses what the next trainers learn from: `python -m training.jobs.keep_best RUNDIR`.

Input `responses`, and `scores` where the responses do not carry their own. Output: `best.jsonl`, the best of each
prompt; `random.jsonl`, as many at random, the control that shows what choosing is worth; `pairs.jsonl`, preferences.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import comb
from statistics import fmean, pstdev, quantiles, stdev
from typing import Any

import msgspec

from training.jobs.running import Job, log, main
from training.rundir import ProgressWriter
from training.specs import KeepBest

Record = dict[str, Any]


@dataclass(frozen=True)
class Scored:
    text: str
    score: float


@dataclass
class Candidates:
    """One prompt's scored responses, best first."""

    prompt_id: Any
    prompt: Any
    responses: list[Scored]

    def demonstration(self, response: Scored) -> Record:
        return {
            "prompt_id": self.prompt_id,
            "prompt": self.prompt,
            "response": response.text,
            "score": response.score,
        }

    def preference(self, chosen: Scored, rejected: Scored) -> Record:
        return {
            "prompt_id": self.prompt_id,
            "prompt": self.prompt,
            "chosen": chosen.text,
            "rejected": rejected.text,
            "margin": chosen.score - rejected.score,
        }


def keep_best(job: Job[KeepBest]) -> None:
    spec = job.spec
    chance = random.Random(spec.seed)
    every = list(candidates(job))
    best = [each.demonstration(one) for each in every for one in each.responses[: spec.keep]]
    arbitrary = [each.demonstration(one) for each in every for one in some(each.responses, spec.keep, chance)]
    pairs = [each.preference(*pair) for each in every for pair in pairs_of(each.responses, spec, chance)]
    for name, records in (("best", best), ("random", arbitrary), ("pairs", pairs)):
        write(job, name, records)
    job.found.counts.update(
        prompts=len(every),
        responses=sum(len(each.responses) for each in every),
        best=len(best),
        pairs=len(pairs),
        without_pair=sum(len({one.score for one in each.responses}) < 2 for each in every),
    )
    job.found.figures.update(figures(every, best, arbitrary, pairs))
    log.info("%s", dict(job.found.counts))
    ProgressWriter(job.run, len(every), "prompts", len(every))


def candidates(job: Job[KeepBest]) -> Iterator[Candidates]:
    """Prompts in the order of the input. Responses without a score are counted and left out."""
    scores = scores_by_id(job)
    prompts: dict[Any, Any] = {}
    found: defaultdict[Any, list[Scored]] = defaultdict(list)
    for record in job.records("responses"):
        score = record.get("score") if scores is None else scores.get(record["response_id"])
        if score is None:
            job.found.counts["without_score"] += 1
            continue
        prompts.setdefault(record["prompt_id"], record["prompt"])
        text = record["response"]
        found[record["prompt_id"]].append(Scored(text, score - job.spec.length_penalty * len(text)))
    for prompt_id, prompt in prompts.items():
        yield Candidates(prompt_id, prompt, sorted(found[prompt_id], key=lambda one: -one.score))


def scores_by_id(job: Job[KeepBest]) -> dict[Any, float] | None:
    if "scores" not in job.spec.data:
        return None
    return {record["response_id"]: record["score"] for record in job.records("scores")}


def some(responses: Sequence[Scored], number: int, chance: random.Random) -> list[Scored]:
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


def figures(
    every: Sequence[Candidates], best: Sequence[Record], arbitrary: Sequence[Record], pairs: Sequence[Record]
) -> dict[str, Any]:
    """The best-of-n curve, how even a prompt's responses are, and lengths in characters: a reward buys length too."""
    spread = [[one.score for one in each.responses] for each in every if len(each.responses) > 1]
    return {
        "best_of_n": best_of_n([[one.score for one in each.responses] for each in every]),
        "deviation": mean(pstdev(scores) for scores in spread),
        "tenth": mean(quantiles(scores, n=10)[0] for scores in spread),
        "length": {
            "all": mean(len(one.text) for each in every for one in each.responses),
            "best": mean(len(record["response"]) for record in best),
            "random": mean(len(record["response"]) for record in arbitrary),
            "chosen": mean(len(record["chosen"]) for record in pairs),
            "rejected": mean(len(record["rejected"]) for record in pairs),
        },
    }


def best_of_n(scores: Sequence[Sequence[float]]) -> list[dict[str, float]]:
    """Expected best score of n responses, n = 1, 2, 4, … as far as every prompt has that many; scores best first.

    Unbiased, from all N responses of a prompt: Σᵢ C(N−i, n−1) / C(N, n) · rᵢ with r₁ the best (Nakano et al.,
    "WebGPT", 2021, appendix). `error` is the standard error over prompts; of one prompt there is none.
    """
    fewest = min(map(len, scores), default=0)
    sizes = [2**power for power in range(fewest.bit_length())]
    return [point(size, [expected_best(each, size) for each in scores]) for size in sizes]


def point(n: int, best: Sequence[float]) -> dict[str, float]:
    error = {"error": stdev(best) / len(best) ** 0.5} if len(best) > 1 else {}
    return {"n": n, "score": fmean(best), "prompts": len(best), **error}


def expected_best(scores: Sequence[float], n: int) -> float:
    total = len(scores)
    return sum(comb(total - 1 - place, n - 1) * score for place, score in enumerate(scores)) / comb(total, n)


def mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return fmean(found) if found else None


def write(job: Job[KeepBest], name: str, records: Iterable[Record]) -> None:
    job.run.output.mkdir(exist_ok=True)
    with (job.run.output / f"{name}.jsonl").open("wb") as file:
        file.writelines(msgspec.json.encode(record) + b"\n" for record in records)


if __name__ == "__main__":
    main(keep_best, KeepBest)
