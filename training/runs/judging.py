"""A run that has pairs judged: made of sampled responses, or lying in a collection. Its work is annotation's own."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from annotation.datasets import versions
from annotation.datasets.definitions import DefinitionInvalid
from annotation.judges.config import registry
from annotation.judges.config.registry import Judge
from annotation.judges.runs import over_pairs
from annotation.models import Author, Pair
from annotation.models.flags import where_flagged
from studio.accounts.models import User
from studio.database.retry import patiently
from studio.words import counted
from training.models import Run, RunVersion
from training.models.runs import LONGEST_NAME
from training.runs import judge_session, launching, names, sampled_pairs, samples
from training.runs.failures import RunFailed
from training.runs.forms import FormInvalid
from training.runs.judge_session import JudgeProgress
from training.worker.renewal import Renewal

MADE = "preferences"


def judge(run: Run, renewal: Renewal) -> dict[str, Any]:
    """What became of the pairs, and the version of preferences that came of it. Raises RunFailed, RunStopped."""
    settings, is_sampled = run.spec["settings"], samples.has(run, "responses")
    chosen = judge_session.named(settings["judge"])
    pairs = patiently(lambda: sampled_pairs.pairs(run) if is_sampled else pairs_in(settings))
    progress = JudgeProgress(renewal, flagged=0 if is_sampled else flagged_in(settings))
    outcome = judge_session.judge_pairs(run, chosen, pairs, progress)
    if not settings.get("pairs"):
        patiently(lambda: freeze(run, chosen, pairs))
    return progress.result(outcome)


def ask_again(author: Author, pairs: Sequence[int], by: User) -> Run:
    """A run that asks a judge once more about pairs whose answers failed. Raises FormInvalid."""
    judge = str(author.details.get("judge", ""))
    if judge not in registry.names() or registry.load(judge).author_name != author.name:
        raise FormInvalid({"judge": f"{author} cannot be asked any more: the studio has another version, or none."})
    settings = {"judge": judge, "pairs": list(pairs)}
    return launching.launch(
        Run.Kind.JUDGE, settings, name=f"{judge} judges {counted(len(pairs), 'pair')} again", by=by
    )


def pairs_in(settings: Mapping[str, Any]) -> QuerySet[Pair]:
    """Those of the collection, or the pairs that are named, but for what flags hold back."""
    if settings.get("pairs"):
        return where_flagged(Pair.every.filter(pk__in=settings["pairs"]), "kept")
    return over_pairs.pairs_of(settings["collection"], settings.get("source", ""))


def flagged_in(settings: Mapping[str, Any]) -> int:
    """How many of these pairs flags hold back."""
    if settings.get("pairs"):
        return where_flagged(Pair.every.filter(pk__in=settings["pairs"]), "left_out").count()
    return over_pairs.flagged_of(settings["collection"], settings.get("source", ""))


@transaction.atomic
def freeze(run: Run, judge: Judge, pairs: QuerySet[Pair]) -> None:
    """The judge's preferences among these pairs' authors, once. Only a recipe's stage fails where there are none."""
    settings = run.spec["settings"]
    if run.run_versions.filter(role=RunVersion.Role.OUTPUT, name=MADE).exists():
        return
    places = written_in(pairs)
    definition = places | {
        "authors": [judge.author.pk],
        "test_share": settings["test_share"],
        "seed": settings["seed"],
    }
    try:
        version = versions.freeze(named(run, places["collections"]), "preferences", definition, run.requested_by)
    except DefinitionInvalid as error:
        if run.parent_id is None:
            return
        raise RunFailed(f"Nothing was preferred to anything. {error}") from error
    RunVersion.objects.create(run=run, version=version, role=RunVersion.Role.OUTPUT, name=MADE)


def written_in(pairs: QuerySet[Pair]) -> dict[str, list[Any]]:
    """Of a definition of preferences: the collections of these pairs, and who wrote their responses."""
    slugs = pairs.order_by().values_list("collection__slug", flat=True).distinct()
    authors = pairs.order_by().values_list("left__author", flat=True).distinct()
    others = pairs.order_by().values_list("right__author", flat=True).distinct()
    return {"collections": sorted(slugs), "written_by": sorted({*authors, *others})}


def named(run: Run, collections: Iterable[str]) -> str:
    """What the preferences are called: `arena by xwin_pair`; of a stage, or as a person called the run, as that."""
    if run.is_named or run.parent_id:
        return names.made(run)
    return names.shortened(f"{' and '.join(sorted(collections))} by {run.spec['settings']['judge']}", LONGEST_NAME)
