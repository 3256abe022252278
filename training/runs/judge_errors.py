"""Why the judge of a run cannot do its work, said at the launch: whatever the kind, no worker is to find it out."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef

from annotation.judges import protocols
from annotation.judges.client import endpoints
from annotation.judges.config import registry
from annotation.judges.config.registry import Judge, JudgeInvalid, Price
from annotation.models import Author, Judgment, Score
from training.checkpoints.shares import usable
from training.models import Run
from training.runs import judge_lookup
from training.runs.kinds import KINDS
from training.runs.month_errors import month_errors


def judge_errors(kind: str, settings: Mapping[str, Any], paid: float = 0.0, purpose: str = "") -> dict[str, str]:
    """By setting: a judge that cannot be asked, a budget that nothing keeps, comparisons that it cannot make.

    A benchmark may also rest on verdicts that were imported, for which nobody is asked, and needs no key where each
    of its models has verdicts of the judge on its questions. An evaluation makes new pairs. A run that is resumed has
    `paid` a part of its budget before, and has its `purpose`.
    """
    if kind not in KINDS or not KINDS[kind].asks_a_judge or not settings.get("judge"):
        return {}
    find = judge_lookup.askable if kind == Run.Kind.BENCHMARK else registry.ready
    try:
        judge = find(settings["judge"])
    except JudgeInvalid as error:
        return {"judge": str(error)}
    if judge is None:
        return {}
    found = comparison_errors(judge, settings["comparisons"]) if settings.get("comparisons") else {}
    rests_on_verdicts = kind == Run.Kind.BENCHMARK and has_judged(judge, settings)
    if not rests_on_verdicts and (fault := endpoints.fault(judge)):
        return found | {"judge": fault}
    if kind == Run.Kind.RATE:
        found |= rating_errors(judge, settings["further_judges"])
    if settings.get("budget") and judge.price == Price():
        found["budget"] = f"{judge.title} names no price, so no budget can be kept. Leave it at 0."
    return found | ({} if rests_on_verdicts else month_errors(judge, settings, paid, purpose))


def rating_errors(judge: Judge, further: Sequence[str]) -> dict[str, str]:
    """Judges of a run that rates: each reads one response by itself, and is asked once."""
    if len({judge.name, *further}) <= len(further):
        return {"further_judges": "Name each judge once, and not the first one again."}
    fault = single_fault(judge)
    faults = [further_fault(name) for name in further]
    found = {"judge": fault, "further_judges": " ".join(filter(None, faults))}
    return {name: problem for name, problem in found.items() if problem}


def single_fault(judge: Judge) -> str:
    try:
        # A program reads whatever it is given.
        _ = judge.protocol == "program" or protocols.single(judge)
    except JudgeInvalid as error:
        return str(error)
    return ""


def further_fault(name: str) -> str:
    try:
        judge = registry.ready(name)
    except JudgeInvalid as error:
        return str(error)
    return single_fault(judge) or endpoints.fault(judge)


def comparison_errors(judge: Judge, comparisons: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Of an evaluation: programs give points to one response, models compare two."""
    asked = {one[side] for one in comparisons for side in ("checkpoint", "baseline") if one[side] is not None}
    known = set(usable().filter(pk__in=asked).values_list("pk", flat=True))
    if unknown := sorted(asked - known):
        return {"comparisons": f"There is no checkpoint {', '.join(map(str, unknown))}."}
    if judge.protocol != "program" and any(one["baseline"] is None for one in comparisons):
        return {"comparisons": f"{judge.title} compares two responses: choose a baseline for each checkpoint."}
    return {}


def has_judged(judge: Judge, settings: Mapping[str, Any]) -> bool:
    """Whether valid verdicts or ratings of it are there for each author of a benchmark, on its collection's questions.

    There may be too few for each question: the run says so when it comes to one that the judge must be asked.
    """
    judging, asked = judge_lookup.authors_called(judge.author_name), settings.get("collection", "")
    current = Judgment.objects.filter(author__in=judging, superseded_at=None, state=Judgment.State.VALID)
    verdicts = current.filter(pair__prompt__collection__slug=asked)
    ratings = Score.objects.filter(author__in=judging, response__prompt__collection__slug=asked)
    on_left, on_right = (verdicts.filter(**{f"pair__{side}__author": OuterRef("pk")}) for side in ("left", "right"))
    rated = ratings.filter(response__author=OuterRef("pk"))
    measured = set(settings.get("authors", ()))
    known = Author.objects.filter(Exists(on_left) | Exists(on_right) | Exists(rated), pk__in=measured)
    return bool(measured) and known.count() == len(measured)
