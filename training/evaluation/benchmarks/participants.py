"""Whom a benchmark run is about, out of its settings: who answers, who judges, against whom, on which questions."""

from typing import Any, NamedTuple

from annotation.judges.config.registry import Judge, JudgeInvalid
from annotation.models import Author, Collection
from training.runs import judge_lookup
from training.runs.failures import RunFailed


class Participants(NamedTuple):
    """`judge` is None where nobody can be asked: the verdicts of `judge_author` were imported."""

    collection: Collection
    authors: list[Author]
    baseline: Author | None
    judge: Judge | None
    judge_author: Author


def participants(settings: dict[str, Any]) -> Participants:
    """Raises RunFailed, naming the setting that is wrong."""
    collection = Collection.objects.filter(slug=settings["collection"]).first()
    if collection is None:
        raise RunFailed(f"collection: there is no collection {settings['collection']!r}. Import the questions first.")
    judge, judge_author = judging(settings["judge"])
    baseline = author("baseline", settings["baseline"]) if settings["baseline"] is not None else None
    return Participants(
        collection, [author("authors", pk) for pk in settings["authors"]], baseline, judge, judge_author
    )


def author(field: str, pk: int) -> Author:
    try:
        return Author.objects.get(pk=pk)
    except Author.DoesNotExist as error:
        raise RunFailed(f"{field}: there is no author {pk}.") from error


def judging(name: str) -> tuple[Judge | None, Author]:
    """A judge that can be asked, with the author of its verdicts; else the author alone."""
    try:
        judge = judge_lookup.askable(name)
    except JudgeInvalid as error:
        raise RunFailed(f"judge: {error}") from error
    return judge, judge.author if judge else judge_lookup.authors_called(name)[0]
