"""The likelihood of Bradley and Terry, maximised. Pure.

scipy is imported where it is called: each process of the studio imports this module, and few of them ever fit.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.statistics.comparisons import WeightedComparisons
from annotation.statistics.intervals import Floats

LOG_BASE = float(np.log(10))
# Newton's method ends long before so many steps.
STEPS, LONGEST, CLOSE = 25, 2.0, 1e-7


def expit(logits: Floats) -> Floats:
    """σ, without overflow at either end."""
    from scipy import special

    return np.asarray(special.expit(logits))


def fit(weighted: WeightedComparisons) -> Floats:
    """r, one for each name: maximum likelihood of P(left wins) = σ(ln 10 · (r_left − r_right)), by L-BFGS."""
    from scipy.optimize import minimize
    from scipy.special import log_expit

    n = len(weighted.names)
    left, right = weighted.sides.T

    def loss(values: Floats) -> tuple[float, Floats]:
        logits = LOG_BASE * (values[left] - values[right])
        y, weights = weighted.outcomes, weighted.weights
        likelihood = weights @ (y * log_expit(logits) + (1 - y) * log_expit(-logits))
        error = weights * (expit(logits) - y)
        ratings = np.bincount(left, error, n) - np.bincount(right, error, n)
        return -float(likelihood), np.asarray(LOG_BASE * ratings, dtype=float)

    options = {"gtol": 1e-9, "ftol": 1e-15, "maxiter": 500}
    return np.asarray(minimize(loss, np.zeros(n), jac=True, method="L-BFGS-B", options=options).x)


def fit_surely(weighted: WeightedComparisons, features: Floats, ridge: float) -> tuple[Floats, Floats]:
    """P(left wins) = σ(ln 10 · (r_left − r_right) + features · b) by Newton's method, and how sure it is.

    Returns r and b (names + columns,) and their covariance, robust to ties. `features` has a row for each comparison.
    `ridge` is above 0 and adds ridge/2 · (‖r‖² + ‖b‖²) to the loss, so a maximum exists.
    """
    n, (left, right), weights = len(weighted.names), weighted.sides.T, weighted.weights
    values = np.zeros(n + features.shape[1])
    for _ in range(STEPS):
        share = expit(LOG_BASE * (values[left] - values[right]) + features @ values[n:])
        error = weights * (share - weighted.outcomes)
        gradient = np.concatenate([LOG_BASE * net(error, weighted), error @ features]) + ridge * values
        curvature = products(weighted, features, weights * share * (1 - share)) + ridge * np.eye(len(values))
        step = np.linalg.solve(curvature, gradient)
        values -= np.clip(step, -LONGEST, LONGEST)
        if np.abs(step).max() < CLOSE:
            break
    squares = products(weighted, features, weights * (share - weighted.outcomes) ** 2)
    return values, sandwich(np.linalg.inv(curvature), squares, weighted, fitted(weighted, features))


def sandwich(bread: NDArray[np.floating[Any]], squares: Floats, weighted: WeightedComparisons, k: int) -> Floats:
    """The covariance of k fitted values, robust to ties (White 1982): a tie is no coin that fell on its edge.

    Curvature⁻¹ (`bread`) · Σ scores² (`squares`) · curvature⁻¹, with n / (n − k) for n comparisons.
    """
    n = weighted.weights.sum()
    return np.asarray(n / max(n - k, 1) * bread @ squares @ bread, dtype=float)


def fitted(weighted: WeightedComparisons, features: Floats) -> int:
    """How many values a fit has to find; of the names one less, for their mean is free."""
    return len(weighted.names) - 1 + int(features.shape[1])


def products(weighted: WeightedComparisons, features: Floats, strengths: Floats) -> Floats:
    """Σ strength · x xᵀ over comparisons, x having ln 10 for the left name, −ln 10 for the right, and the features."""
    n = len(weighted.names)
    found = np.zeros((n + features.shape[1], n + features.shape[1]))
    found[:n, :n] = LOG_BASE**2 * laplacian(strengths, weighted)
    for column, feature in enumerate(features.T, n):
        found[:n, column] = found[column, :n] = LOG_BASE * net(strengths * feature, weighted)
    found[n:, n:] = features.T @ (strengths[:, None] * features)
    return found


def net(flows: Floats, weighted: WeightedComparisons) -> Floats:
    """What flows to each competitor from its comparisons on the left, less those on the right."""
    n, (left, right) = len(weighted.names), weighted.sides.T
    return np.asarray(np.bincount(left, flows, n) - np.bincount(right, flows, n))


def laplacian(strengths: Floats, weighted: WeightedComparisons) -> Floats:
    """Of the graph whose edges are the comparisons: degrees on the diagonal, less the edges."""
    n, (left, right) = len(weighted.names), weighted.sides.T
    edges = np.bincount(left * n + right, strengths, n * n).reshape(n, n)
    both = edges + edges.T
    return np.asarray(np.diag(both.sum(axis=1)) - both)
