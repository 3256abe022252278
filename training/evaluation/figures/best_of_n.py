"""What choosing the best of n samples by a score buys, and how far it moves the policy. Pure."""

from collections.abc import Sequence
from math import comb, log

import numpy as np

from annotation.statistics.intervals import Floats


def expected_best_of(n: int, scores: Floats, values: Floats | None = None) -> float:
    """The expected value of the best-scored of n samples, from N ≥ n scored ones, without bias.

    Σᵢ C(i−1, n−1) / C(N, n) · vᵢ over samples in ascending order of score (Nakano et al., "WebGPT",
    2021, appendix). `values` (the scores themselves unless given) may be another metric, a gold score
    or a win: then the curve shows over-optimisation. Equal scores share their value.
    """
    total = len(scores)
    if not 1 <= n <= total:
        raise ValueError(f"best of {n} from {total} samples: give n from 1 to {total}")
    gains = scores if values is None else values
    order = np.argsort(scores, kind="stable")
    ranked = _shared_over_ties(scores[order], gains[order])
    chances = [comb(place, n - 1) / comb(total, n) for place in range(total)]
    return float(np.dot(chances, ranked))


def curve(sizes: Sequence[int], scores: Sequence[Floats], values: Sequence[Floats] | None = None) -> dict[int, Floats]:
    """Per n the expected value for each prompt (its mean is the curve, its spread the interval)."""
    gains = scores if values is None else values
    return {
        n: np.array([expected_best_of(n, own, worth) for own, worth in zip(scores, gains, strict=True)]) for n in sizes
    }


def kl_bound(n: int) -> float:
    """Nats that best-of-n moves from the policy, at most: log n − (n − 1)/n (Stiennon et al. 2020)."""
    return log(n) - (n - 1) / n


def _shared_over_ties(scores: Floats, values: Floats) -> Floats:
    _, groups = np.unique(scores, return_inverse=True)
    return np.asarray((np.bincount(groups, values) / np.bincount(groups))[groups])
