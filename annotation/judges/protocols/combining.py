"""Several answers about one pair as one verdict, left to right, as what was read of each call is too."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from statistics import fmean

from annotation.judges.protocols import grades
from annotation.judges.protocols.answers import Combined, Unparsed
from annotation.judges.protocols.grades import sign
from annotation.models import JudgeCall, win_share

NO_SCORES = "A verdict of this judge rests on scores: enter both."


def whole(calls: Sequence[JudgeCall]) -> Sequence[JudgeCall]:
    """All of them, where none failed. Raises Unparsed with each reason once."""
    if errors := [call.error for call in calls if call.error]:
        raise Unparsed(" ".join(dict.fromkeys(errors)))
    return calls


def read_in_every_order(calls: Sequence[JudgeCall]) -> Sequence[JudgeCall]:
    """Without the answers that could not be read. Raises Unparsed where a call got none, or an order has none left."""
    readable = [call for call in calls if not call.error]
    unanswered = [call for call in calls if call.error and not call.raw and not call.raw_erased_at]
    if unanswered or {call.shown for call in readable} != {call.shown for call in calls}:
        whole(calls)
    return readable


def by_order(calls: Sequence[JudgeCall]) -> list[list[JudgeCall]]:
    ordered = sorted(calls, key=lambda call: call.shown)
    return [list(of_order) for _, of_order in groupby(ordered, key=lambda call: call.shown)]


def of_grades(calls: Sequence[JudgeCall]) -> Combined:
    """Orders that favour different sides contradict each other: a tie that says so.

    Of k answers in one order the mean counts. Strength is the mean of both orders, rounded, halves up.
    """
    means = [fmean(call.grade for call in of_order if call.grade is not None) for of_order in by_order(whole(calls))]
    sides = {sign(mean) for mean in means}
    if len(sides) > 1:
        return Combined(0, False)
    strength = int(fmean(map(abs, means)) + 0.5)
    side = sides.pop()
    return Combined(side * max(1, strength), True if len(means) > 1 else None)


def of_preferences(calls: Sequence[JudgeCall]) -> Combined:
    """The mean over both orders decides, so that a liking for one position cancels; they agree if on one side."""
    means = [mean_share(of_order) for of_order in by_order(whole(calls))]
    mean = fmean(means)
    return Combined(grades.of_preference(mean), agree(mean - 0.5 for mean in means), preference=mean)


def of_scores(calls: Sequence[JudgeCall], tie_within: float) -> Combined:
    """Each response has the mean of its scores in both orders, and the verdict compares these means.

    Answers that cannot be read are left out of the means, and counted. Position calibration of arXiv 2305.17926:
    CS = Σ(S + S′) / 2k.
    """
    readable = read_in_every_order(calls)
    left, right = mean_scores(readable)
    leans = [grades.of_scores(*mean_scores(of_order), tie_within) for of_order in by_order(readable)]
    grade = grades.of_scores(left, right, tie_within)
    return Combined(grade, agree(leans), scores=(left, right), unparsed=len(calls) - len(readable))


def of_single_scores(calls: Sequence[JudgeCall], tie_within: float) -> Combined:
    """Each response was rated by itself, so there is no order that could matter."""
    left, right = mean_scores(whole(calls))
    return Combined(grades.of_scores(left, right, tie_within), scores=(left, right))


def mean_scores(calls: Sequence[JudgeCall]) -> tuple[float, float]:
    """Of left and right. Raises Unparsed where one of them has none."""
    given = [call.scores for call in calls if call.scores is not None]
    left, right = ([pair[side] for pair in given if pair[side] is not None] for side in (0, 1))
    if len(given) < len(calls) or not left or not right:
        raise Unparsed(NO_SCORES)
    return fmean(left), fmean(right)


def agree(leans: Iterable[float]) -> bool | None:
    """Whether all orders lean to one side; None of fewer than two."""
    sides = [sign(lean) for lean in leans]
    return len(set(sides)) == 1 if len(sides) > 1 else None


def mean_share(calls: Sequence[JudgeCall]) -> float:
    """Of the right response. What a person entered for an answer that could not be read is a grade."""
    shares = [win_share.of_right(call.grade, call.preference) for call in calls]
    return fmean(share for share in shares if share is not None)
