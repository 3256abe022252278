"""Writes docs/intervals.md: some minutes of one core. `python -m tests.intervals [draws]`."""

import sys
from pathlib import Path

from tests.intervals.kinds import KINDS, Kind, covered

DOCS = Path(__file__).parents[2] / "docs" / "intervals.md"
SIZES = (10, 50, 800)
DRAWS = 3_000
HEADS = ("Figure", "Shown", "Interval", "n counts", *(f"n = {n}" for n in SIZES), "At n = 10, why not")
ABOVE = """# Intervals

Every interval in the studio is meant to hold the truth 95 times of 100. This table says how often it does, in worlds
whose truth is known: {draws:,} for each figure and n, fewer where each takes a fit (ratings, the length control).
`python -m tests.intervals` makes this page. A share may be 94 to 96 %, and 93 to 98 % at n = 10; where it may be from
91.5 to 99 %, the last column says why. The suite (`tests/intervals/`) fails where a share on this page is beyond that,
and where a smaller run of the same is beyond it by more than three standard errors of such a run.

"""
BELOW = """
A share of few observations can take few values, so at one truth its interval holds it more or less often than this,
from about 91 to 99 % at n = 10 (Brown, Cai & DasGupta 2001); the truths here are spread over the scale. “none” says
that no interval is shown, and of a rating no rank.

- **Wilson** (1927): the shares of which the one observed lies within 1.96 standard errors.
- **Wilson, effective n** (Franco, Little, Louis & Slud 2019): how many coins would vary as much. Ties vary less than
  coins, observations that share a prompt vary together. Half a prompt of all or nothing is added to what was seen, so
  nothing but ties is not beyond doubt; where the variance is estimated Student’s quantile stands for the normal one
  (Korn & Graubard 1998). A difference of shares is a share of halves, moved.
- **Student** (1908): mean ± t · standard error; over prompts or questions, whatever shares one being one observation.
  Where nothing varies there is no interval. Differences are paired by prompt.
- **Jackknife on Fisher’s z** (Quenouille 1956, Tukey 1958; Fisher 1915): how much leaving out one pair changes the
  coefficient’s z, and Student’s quantile.
- **Likelihood, sandwich** (White 1982): standard errors of Bradley and Terry’s fit that count a tie as a tie.
- **Delta method, sandwich**: of the length control’s fit with next to no penalty (C = 10), on the scale of logits. The
  published figure is pulled towards 50 % by its penalty; the interval is drawn out to hold it.

AlpacaEval’s `standard_error` and `lc_standard_error` are the published ones and stand beside these intervals. The
share of resamples above zero under **Compare** is Koehn’s paired bootstrap (2004), and decides nothing: its p-value
does, which may be read at every moment.
"""


def row(kind: Kind, draws: int) -> tuple[str, ...]:
    of_kind = draws * kind.draws // max(one.draws for one in KINDS)
    shares = (told(covered(kind, n, of_kind, seed=1)[0]) for n in SIZES)
    return kind.name, kind.shown, kind.method, kind.unit, *shares, kind.why


def told(share: float | None) -> str:
    return "none" if share is None else f"{100 * share:.1f} %"


def line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS
    body = []
    for kind in KINDS:
        body.append(line(row(kind, draws)))
        sys.stdout.write(body[-1])
        sys.stdout.flush()
    ruled = line(tuple("---:" if head.startswith("n =") else "---" for head in HEADS))
    DOCS.write_text(ABOVE.format(draws=draws) + line(HEADS) + ruled + "".join(body) + BELOW)
