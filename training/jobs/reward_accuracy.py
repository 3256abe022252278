"""What a reward model gets right of held-out pairs: in all, by parts, and how sure it is against the votes.

Knows nothing of torch.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from math import exp
from statistics import fmean
from typing import Any

Row = Mapping[str, Any]
# Of a kind of part so many are told apart, the most frequent ones.
MOST_PARTS = 12
OTHERS = "others"
# Upper bounds of the length of the chosen response over that of the rejected one, in characters.
GAPS = (
    (0.5, "less than half as long"),
    (0.8, "shorter"),
    (1.25, "about as long"),
    (2.0, "longer"),
    (float("inf"), "more than twice as long"),
)
# Of the probability of the response that the model prefers, from 0.5 on.
BINS = 10


def breakdown(rows: Sequence[Row], gaps: Sequence[float]) -> dict[str, Any]:
    """`gaps` are the rewards of the chosen minus those of the rejected responses.

    `longer` is what the rule "the longer one" gets right, `majority` the better of that rule and its opposite.
    """
    right = [won(gap, 0.0) for gap in gaps]
    longer = [won(len(row["chosen_ids"]), len(row["rejected_ids"])) for row in rows]
    whole = shares(right, longer, range(len(rows)))

    def by(part: Callable[[Row], str]) -> dict[str, dict[str, Any]]:
        places = grouped([part(row) for row in rows])
        return {name: shares(right, longer, found) for name, found in places.items()}

    return whole | {
        "majority": max(whole["longer"], 1 - whole["longer"]),
        "by_grade": by(lambda row: f"{row['grade']:.0f}"),
        "by_domain": by(lambda row: str(row["domain"])),
        "by_language": by(lambda row: str(row["language"])),
        "by_length": by(lambda row: length_gap(row["longer_by"])),
        "calibration": calibration([row["agreement"] for row in rows], gaps),
    }


def by_the_way(rows: Any, gaps: Mapping[int, float]) -> dict[str, float]:
    """Curves of a model that still trains: accuracy by grade, and the error of its probabilities.

    `rows` is a data set, of which the ids are not read; `gaps` are by its places.
    """
    about = rows.select_columns(["grade", "agreement"])
    known = [(row["grade"], row["agreement"], gaps[place]) for place, row in enumerate(about) if place in gaps]
    grades = grouped([f"{grade:.0f}" for grade, _, _ in known])
    found = {
        f"eval_accuracy_grade_{grade}": fmean(won(known[place][2], 0.0) for place in places)
        for grade, places in grades.items()
    }
    bins = calibration([agreement for _, agreement, _ in known], [gap for _, _, gap in known])
    return (found if len(found) > 1 else {}) | {"eval_calibration_error": calibration_error(bins)}


def grouped(names: Sequence[str]) -> dict[str, list[int]]:
    """Places by name; of many names the rarer ones together."""
    kept = {name for name, _ in Counter(names).most_common(MOST_PARTS)}
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        places[name if name in kept else OTHERS].append(place)
    return dict(sorted(places.items()))


def length_gap(ratio: float) -> str:
    return next(name for bound, name in GAPS if ratio < bound)


def shares(right: Sequence[float], longer: Sequence[float], places: Sequence[int]) -> dict[str, Any]:
    """Of the pairs at `places`: their number, and what the model and the rule "the longer one" get right."""
    accuracy, by_length = (fmean(each[place] for place in places) for each in (right, longer))
    return {"n": len(places), "accuracy": accuracy, "longer": by_length}


def calibration(agreements: Sequence[float], gaps: Sequence[float]) -> list[dict[str, float]]:
    """By how sure the model is of the response that it prefers: the probability, the share of the votes, the pairs.

    Bins of equal width over [0.5, 1]; those without pairs are left out.
    """
    bins: defaultdict[int, list[tuple[float, float]]] = defaultdict(list)
    for agreement, gap in zip(agreements, gaps, strict=True):
        probability = 1 / (1 + exp(-min(abs(gap), 700.0)))
        voted = agreement if gap > 0 else 1 - agreement if gap < 0 else 0.5
        bins[min(int((probability - 0.5) * 2 * BINS), BINS - 1)].append((probability, voted))
    return [
        {
            "n": len(found),
            "predicted": fmean(probability for probability, _ in found),
            "voted": fmean(voted for _, voted in found),
        }
        for _, found in sorted(bins.items())
    ]


def calibration_error(bins: Sequence[Mapping[str, float]]) -> float:
    """The mean distance between probability and share of the votes, over pairs (expected calibration error)."""
    total = sum(each["n"] for each in bins)
    return sum(each["n"] * abs(each["predicted"] - each["voted"]) for each in bins) / (total or 1)


def won(first: float, second: float) -> float:
    return 0.5 if first == second else float(first > second)
