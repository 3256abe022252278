"""Rows of leaderboards with their verdicts, for tests of pages: `row("strong", [1, 0.5, 0])`."""

from collections.abc import Sequence
from typing import Any

from annotation.models import Prompt
from tests.annotation.making import author, collection, judge, paired, prompt, response
from tests.frontend.machines import run
from training.models import BenchmarkResult, BenchmarkVerdict

JUDGE = "a-judge"


def asked(n: int) -> list[Prompt]:
    """The first n questions of one set, in two categories."""
    known = list(Prompt.objects.filter(collection=collection("questions")).order_by("pk"))
    for number in range(len(known), n):
        of = {"collection": collection("questions"), "category": ["writing", "maths"][number % 2]}
        known.append(prompt(f"Question {number}?", **of))
    return known[:n]


def row(name: str, values: Sequence[float | None], **fields: Any) -> BenchmarkResult:
    """A measured row of AlpacaEval against `base`; each verdict with both texts and the judgment behind it."""
    valid = [value for value in values if value is not None]
    mean = 100 * sum(valid) / len(valid)
    given = {"benchmark": "alpaca_eval", "judge": JUDGE, "baseline": "base", "prompts_digest": "d" * 64} | fields
    given |= {"run": run("benchmark"), "author": author(name), "n": len(valid), "failed": len(values) - len(valid)}
    given |= {"figures": {"win_rate": mean, "length_controlled_winrate": mean - 5}, "mean_length": 7.0}
    made = BenchmarkResult.objects.create(name=name, value=mean, low=mean - 3, high=mean + 3, **given)
    for of, value in zip(asked(len(values)), values, strict=True):
        verdict(made, of, value)
    return made


def verdict(result: BenchmarkResult, of: Prompt, value: float | None) -> None:
    theirs = of.responses.filter(author__name="base").first() or response(of, "From the **base**.", "base")
    ours = response(of, f"By {result.name}.", result.name)
    pair = paired(theirs, ours)
    # Points are given to single responses: the pair's own judgment is then of no matter.
    grade = None if value is None else round(2 * value - 1) if value <= 1 else 0
    judgment = judge(pair, grade, JUDGE, rationale="Because it says so.")
    BenchmarkVerdict.objects.create(
        result=result, prompt=of, value=value, response=ours, baseline_response=theirs, judgment=judgment
    )


def published(name: str, value: float, **fields: Any) -> BenchmarkResult:
    given = {"benchmark": "alpaca_eval", "judge": JUDGE, "baseline": "base", "prompts_digest": "d" * 64} | fields
    return BenchmarkResult.objects.create(
        name=name, value=value, n=805, source="A paper, table 1", project=None, **given
    )
