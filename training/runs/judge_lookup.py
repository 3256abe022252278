"""The judge that a benchmark's settings name: one that can be asked, or one whose verdicts were imported."""

from django.db.models import QuerySet

from annotation import turns
from annotation.judges.config import registry
from annotation.judges.config.registry import Judge, JudgeInvalid
from annotation.models import Author


def askable(name: str) -> Judge | None:
    """By its own name, or by that of its verdicts' author; None where only verdicts are left.

    Raises JudgeInvalid where neither a judge nor such an author is called so.
    """
    try:
        return registry.ready(name)
    except JudgeInvalid as error:
        author = authors_called(name).first()
        if author is None:
            raise JudgeInvalid(f"{error} No judge whose verdicts were imported is called so either.") from error
    try:
        judge = registry.ready(author.details.get("judge", ""))
    except JudgeInvalid:
        return None
    # An older version, or one with another model, is asked nothing any more.
    return judge if judge.author_name == turns.of_all_turns(author.name) else None


def authors_called(name: str) -> QuerySet[Author]:
    """The judge's author that is called so, and those of its verdicts on one of a conversation's turns."""
    known_as = [name, *(turns.at_turn(name, turn) for turn in (1, 2))]
    return Author.objects.filter(kind=Author.Kind.JUDGE, name__in=known_as).order_by("name")
