"""What a judgment says of one of its sides: the share that it won, from 0 to 1. One rule, in Python and in SQL.

`preference` says it where the judge gave one; else the grade does: 1 for the side that it favours, ½ for a tie. A
failed judgment has neither, and no share. Whatever counts wins asks here, so that a judge has one win rate everywhere.
"""

from typing import Literal

from django.db.models import Case, F, FloatField, Q, Value, When

Outcome = Literal["won", "tied", "lost", "failed"]
TIED = 0.5


def of_right(grade: int | None, preference: float | None) -> float | None:
    """The share of the right response; None where the judge failed."""
    if preference is not None or grade is None:
        return preference
    return (grade > 0) + (grade == 0) / 2


def of_side(grade: int | None, preference: float | None, *, is_right: bool) -> float | None:
    """The share of one side; None where the judge failed."""
    share = of_right(grade, preference)
    return share if share is None or is_right else 1 - share


def outcome(share: float | None) -> Outcome:
    """A share in one word; of several judgments' mean too."""
    if share is None:
        return "failed"
    return "won" if share > TIED else "lost" if share < TIED else "tied"


# The same as expressions over rows with `grade` and `preference`; NULL where the judge failed.
OF_RIGHT = Case(
    When(preference__isnull=False, then=F("preference")),
    When(grade__gt=0, then=Value(1.0)),
    When(grade=0, then=Value(TIED)),
    When(grade__lt=0, then=Value(0.0)),
    output_field=FloatField(),
)
OF_LEFT = Value(1.0) - OF_RIGHT


def where(is_right: Q) -> Case:
    """The share of the side that is the right one where `is_right` holds, and else the left one."""
    return Case(When(is_right, then=OF_RIGHT), default=OF_LEFT, output_field=FloatField())


def went(word: Outcome, share: str = "share") -> Q:
    """Rows that went so for the side whose share is annotated under this name."""
    known: dict[Outcome, Q] = {
        "won": Q(**{f"{share}__gt": TIED}),
        "tied": Q(**{share: TIED}),
        "lost": Q(**{f"{share}__lt": TIED}),
        "failed": Q(**{f"{share}__isnull": True}),
    }
    return known[word]
