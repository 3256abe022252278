"""The likelihood of Bradley and Terry, maximised: for one table, and for many resamples of it at once. Pure.

scipy is imported where it is called: each process of the studio imports this module, and few of them ever fit.
"""

import numpy as np
from numpy.typing import NDArray

from annotation.intervals import Floats
from annotation.matchups import Matchups

LOG_BASE = float(np.log(10))
# Newton's method: more steps are for resamples whose maximum lies at infinity, and there is none to be found.
STEPS, LONGEST, CLOSE, DAMPING = 25, 2.0, 1e-7, 1e-9


def expit(logits: Floats) -> Floats:
    """σ, without overflow at either end."""
    from scipy import special

    return np.asarray(special.expit(logits))


def fit(games: Matchups, features: Floats | None = None, ridge: float = 0.0) -> tuple[Floats, Floats]:
    """Maximum likelihood of P(left wins) = σ(ln 10 · (r_left − r_right) + features · b), by L-BFGS.

    Returns r (one per name) and b (one per column of `features`, which has a row per game).
    `ridge` adds ridge/2 · (‖r‖² + ‖b‖²).
    """
    from scipy.optimize import minimize
    from scipy.special import log_expit

    given = np.zeros((len(games.sides), 0)) if features is None else features
    n = len(games.names)
    left, right = games.sides.T

    def loss(values: Floats) -> tuple[float, Floats]:
        logits = LOG_BASE * (values[left] - values[right]) + given @ values[n:]
        y, weights = games.outcomes, games.weights
        likelihood = weights @ (y * log_expit(logits) + (1 - y) * log_expit(-logits))
        error = weights * (expit(logits) - y)
        ratings = np.bincount(left, error, n) - np.bincount(right, error, n)
        gradient = np.concatenate([LOG_BASE * ratings, error @ given]) + ridge * values
        return ridge / 2 * float(values @ values) - float(likelihood), gradient

    start = np.zeros(n + given.shape[1])
    options = {"gtol": 1e-9, "ftol": 1e-15, "maxiter": 500}
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
    return best[:n], best[n:]


def fits(games: Matchups, weights: Floats) -> Floats:
    """`fit` under each row of `weights` (rounds, rows), by Newton's method on all of them together: (rounds, names).

    NaN for a competitor that has no game in a round. Where a round does not determine a rating, the figure is far out
    and means no more than that.
    """
    n, rounds = len(games.names), len(weights)
    pairs, place = np.unique(np.sort(games.sides, axis=1), axis=0, return_inverse=True)
    turned = games.sides[:, 0] > games.sides[:, 1]
    won = summed(weights * np.where(turned, 1 - games.outcomes, games.outcomes), place, len(pairs))
    played = summed(weights, place, len(pairs))
    one, other = pairs.T
    incidence = np.zeros((len(pairs), n))
    incidence[np.arange(len(pairs)), one], incidence[np.arange(len(pairs)), other] = 1, -1
    logits = np.zeros((rounds, n))
    # The mean is free; held at 0, the system has one solution.
    floor = np.full((n, n), 1 / n) + DAMPING * np.eye(n)
    for _ in range(STEPS):
        share = expit(logits[:, one] - logits[:, other])
        curvature = played * share * (1 - share)
        slopes = np.tile(floor, (rounds, 1, 1))
        slopes[:, one, other] -= curvature
        slopes[:, other, one] -= curvature
        slopes[:, np.arange(n), np.arange(n)] += curvature @ np.abs(incidence)
        gradient = (played * share - won) @ incidence
        step = np.linalg.solve(slopes, gradient[..., None])[..., 0]
        logits -= np.clip(step, -LONGEST, LONGEST)
        if np.abs(step).max() < CLOSE:
            break
    met = played @ np.abs(incidence) > 0
    return np.where(met, logits / LOG_BASE, np.nan)


def summed(values: Floats, place: NDArray[np.int64], size: int) -> Floats:
    """Columns added up by place: (rounds, rows) gives (rounds, size)."""
    return np.stack([np.bincount(place, row, size) for row in values])


def fit_surely(games: Matchups, features: Floats, ridge: float) -> tuple[Floats, Floats]:
    """`fit` by Newton's method, with the covariance of its values: the inverse of the curvature at the maximum.

    Returns (names + columns,) and its square; both in the units of `fit`. `ridge` is above 0, so a maximum exists.
    """
    n, (left, right), weights = len(games.names), games.sides.T, games.weights
    values, curvature = np.zeros(n + features.shape[1]), np.eye(n + features.shape[1])
    for _ in range(STEPS):
        share = expit(LOG_BASE * (values[left] - values[right]) + features @ values[n:])
        error, spread = weights * (share - games.outcomes), weights * share * (1 - share)
        gradient = np.concatenate([LOG_BASE * net(error, games), error @ features]) + ridge * values
        curvature = ridge * np.eye(len(values))
        curvature[:n, :n] += LOG_BASE**2 * laplacian(spread, games)
        for column, feature in enumerate(features.T, n):
            curvature[:n, column] = curvature[column, :n] = LOG_BASE * net(spread * feature, games)
        curvature[n:, n:] += features.T @ (spread[:, None] * features)
        step = np.linalg.solve(curvature, gradient)
        values -= np.clip(step, -LONGEST, LONGEST)
        if np.abs(step).max() < CLOSE:
            break
    return values, np.asarray(np.linalg.inv(curvature), dtype=float)


def net(flows: Floats, games: Matchups) -> Floats:
    """What flows to each competitor from its games on the left, less those on the right."""
    n, (left, right) = len(games.names), games.sides.T
    return np.asarray(np.bincount(left, flows, n) - np.bincount(right, flows, n))


def laplacian(strengths: Floats, games: Matchups) -> Floats:
    """Of the graph whose edges are the games: degrees on the diagonal, less the edges."""
    n, (left, right) = len(games.names), games.sides.T
    edges = np.bincount(left * n + right, strengths, n * n).reshape(n, n)
    both = edges + edges.T
    return np.asarray(np.diag(both.sum(axis=1)) - both)
