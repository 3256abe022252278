"""Responses of which each is good or bad by itself, from preferences and from scores. Knows nothing of torch."""

from training.jobs.conversations import Encoder, Record
from training.jobs.rendering import Unencodable
from training.specs import Kto


def judged(encoder: Encoder, record: Record, spec: Kto) -> list[tuple[str, bool]]:
    """Each response of a record, and whether it is good."""
    if "chosen" in record:
        return [(record["chosen"], True), (record["rejected"], False)]
    score = record.get("score")
    if score is None:
        encoder.drop(record, Unencodable("unscored", "nothing says whether its response is good or bad"))
    elif spec.bad_below <= score < spec.good_from:
        encoder.drop(record, Unencodable("between", f"its score, {score:g}, is neither good nor bad"))
    else:
        return [(record["response"], score >= spec.good_from)]
    return []


def sides(record: Record, spec: Kto) -> tuple[str, ...]:
    """What the responses of a record are called, in the same order."""
    if "chosen" in record:
        return ("good", "bad")
    return ("good" if (record["score"] or 0.0) >= spec.good_from else "bad",)
