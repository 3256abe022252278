"""The answers that wait to be repaired, as their page shows them: the list, and one of them with its pair."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, QuerySet

from annotation.judges.config.registry import JudgeInvalid
from annotation.judges.runs import repairs
from annotation.models import Author, JudgeCall, Shown
from studio.http.parsing import row_id
from training.models import Run

LISTED = 200


def listed(query: Mapping[str, Any]) -> QuerySet[JudgeCall]:
    """Those of the judge and the run that the address names."""
    judge, run = (row_id(query.get(name)) for name in ("judge", "run"))
    calls = repairs.waiting()
    if judge is not None:
        calls = calls.filter(author=judge)
    if run is not None:
        calls = calls.filter(asked_for=f"run {run}")
    return calls


def queue(query: Mapping[str, Any]) -> dict[str, Any]:
    """The whole page: what waits, the one that is looked at, and its neighbours."""
    calls = listed(query)
    at = row_id(query.get("at"))
    here = calls.filter(pk__gte=at).first() if at is not None else None
    whole = JudgeCall.objects.select_related("author", "pair__prompt", "pair__left", "pair__right", "judgment")
    found = whole.filter(pk=(here or calls.first() or JudgeCall()).pk).first()
    return {
        "total": calls.count(),
        "rows": list(calls.values("pk", "error", "pair_id")[:LISTED]),
        "judges": judges(),
        "judge": query.get("judge", ""),
        "run": query.get("run", ""),
        "run_name": name_of(query.get("run")),
        "call": found,
        "shown": shown(found) if found else None,
        "before": before(query, found.pk) if found else None,
        "behind": behind(query, found.pk) if found else None,
        "on_their_way": on_their_way(found) if found else [],
    }


def name_of(run: str | None) -> str:
    """Of the run that the address names; empty for none."""
    return Run.objects.filter(pk=row_id(run) or 0).values_list("name", flat=True).first() or ""


def behind(query: Mapping[str, Any], pk: int) -> int | None:
    """The next answer of the list that still waits."""
    return listed(query).filter(pk__gt=pk).values_list("pk", flat=True).first()


def before(query: Mapping[str, Any], pk: int) -> int | None:
    return listed(query).filter(pk__lt=pk).order_by("-pk").values_list("pk", flat=True).first()


def shown(call: JudgeCall) -> dict[str, Any]:
    """The two responses as the judge saw them, and whether its verdict is a grade or scores."""
    assert call.pair is not None
    sides = [call.pair.left, call.pair.right]
    if call.shown == Shown.RIGHT_FIRST:
        sides.reverse()
    try:
        judge = repairs.judge_of(call.author)
    except JudgeInvalid as error:
        return {"sides": answers(sides), "scores": False, "refused": str(error)}
    single = repairs.is_single(judge)
    return {
        "sides": answers(sides[:1] if single else sides),
        "scores": repairs.rests_on_scores(judge),
        "single": single,
    }


def answers(sides: list[Any]) -> list[tuple[str, str, str]]:
    """Letter, name and text."""
    named = (("a", "Shown first"), ("b", "Shown second"))
    return [(letter, name, side.text) for (letter, name), side in zip(named, sides, strict=False)]


def judges() -> list[Any]:
    """Judges with answers that wait, and how many."""
    waiting = repairs.waiting().order_by().values("author").annotate(n=Count("pk")).values_list("author", "n")
    counts = dict(waiting)
    return [{"id": one.pk, "name": one.name, "n": counts[one.pk]} for one in Author.objects.filter(pk__in=counts)]


def on_their_way(call: JudgeCall) -> list[Run]:
    """Open runs that ask about this pair again."""
    open_runs = Run.objects.filter(kind=Run.Kind.JUDGE, state__in=Run.OPEN)
    return list(open_runs.filter(spec__settings__pairs__contains=[call.pair_id]).only("name"))
