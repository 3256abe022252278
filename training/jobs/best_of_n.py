"""The expected best score among n of a prompt's responses, without bias, from all that there are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import comb
from statistics import fmean, stdev


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
