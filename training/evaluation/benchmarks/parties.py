"""Whom a benchmark run is about, out of its settings: who answers, who judges, against whom, on which questions."""

from typing import Any, NamedTuple

from annotation import turns
from annotation.judges.config import registry
from annotation.judges.config.registry import Judge, JudgeInvalid
from annotation.models import Author, Collection
from training.runs.failures import RunFailed


class Parties(NamedTuple):
    """`judge` is None where nobody can be asked: the verdicts of `judge_author` were imported."""

    collection: Collection
    authors: list[Author]
    baseline: Author | None
    judge: Judge | None
    judge_author: Author


def parties(settings: dict[str, Any]) -> Parties:
    """Raises RunFailed, naming the setting that is wrong."""
    collection = Collection.objects.filter(slug=settings["collection"]).first()
    if collection is None:
        raise RunFailed(f"collection: there is no collection {settings['collection']!r}. Import the questions first.")
    judge, judge_author = judging(settings["judge"])
    baseline = author("baseline", settings["baseline"]) if settings["baseline"] is not None else None
    return Parties(collection, [author("authors", pk) for pk in settings["authors"]], baseline, judge, judge_author)


def author(field: str, pk: int) -> Author:
    try:
        return Author.objects.get(pk=pk)
    except Author.DoesNotExist as error:
        raise RunFailed(f"{field}: there is no author {pk}.") from error


def judging(name: str) -> tuple[Judge | None, Author]:
    """A judge that can be asked, by its name or by that of its judgments' author; else one that was imported."""
    try:
        judge = registry.ready(name)
    except JudgeInvalid as error:
        return imported(name, error)
    return judge, judge.author


def imported(name: str, otherwise: JudgeInvalid) -> tuple[Judge | None, Author]:
    names = [name, turns.at_turn(name, 1)]
    author = Author.objects.filter(kind=Author.Kind.JUDGE, name__in=names).order_by("name").first()
    if author is None:
        raise RunFailed(
            f"judge: {otherwise} No judge whose verdicts were imported is called so either."
        ) from otherwise
    try:
        judge = registry.ready(author.details.get("judge", ""))
    except JudgeInvalid:
        return None, author
    # An older version, or one with another model, is asked nothing any more: only its verdicts are left.
    return (judge, author) if judge.author == author else (None, author)
