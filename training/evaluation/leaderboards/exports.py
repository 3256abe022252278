"""Leaderboards and verdicts as files: in the published columns, and as AlpacaEval's annotations."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from annotation.models import JudgeCall
from training.evaluation.leaderboards.comparability import key_of
from training.evaluation.leaderboards.comparison import Incomparable
from training.models import BenchmarkResult, BenchmarkVerdict


def leaderboard(rows: Iterable[BenchmarkResult]) -> list[dict[str, Any]]:
    """One object for each row, best first: name, figures, source. Raises Incomparable for rows of several keys."""
    found = list(rows)
    keys = {key_of(row) for row in found}
    if len(keys) > 1:
        raise Incomparable(
            f"These rows have {len(keys)} different judges, sets or baselines, and no table may mix them:"
            " choose benchmark, judge, baseline and prompts_digest."
        )
    columns = found[0].kind.columns if found else ()
    names = columns or tuple(dict.fromkeys(name for row in found for name in plain(row.figures)))
    ranked = sorted(found, key=lambda row: (row.value is None, -(row.value or 0), row.name))
    return [
        {"name": row.name}
        | {name: (row.figures | {"low": row.low, "high": row.high}).get(name) for name in names}
        | {"source": row.source or f"run {row.run_id}"}
        for row in ranked
    ]


def plain(figures: dict[str, Any]) -> dict[str, Any]:
    """Those that fit into a cell."""
    return {name: value for name, value in figures.items() if not isinstance(value, dict | list)}


def as_csv(table: list[dict[str, Any]]) -> str:
    """With the model's name in a first column without a heading, as pandas writes the published files."""
    written = io.StringIO()
    if table:
        writer = csv.writer(written, lineterminator="\n")
        writer.writerow(["", *list(table[0])[1:]])
        writer.writerows([guarded(value) for value in row.values()] for row in table)
    return written.getvalue()


def guarded(value: Any) -> Any:
    """A spreadsheet reads a text that begins so as a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def annotations(result: BenchmarkResult) -> Iterator[dict[str, Any]]:
    """The verdicts as annotations.json has them, in the order of the set; what was imported comes back as it was."""
    rows = result.verdicts.select_related("prompt", "response", "baseline_response", "judgment").order_by("prompt")
    spent = calls_of(result)
    for verdict in rows:
        yield annotation(result, verdict, spent.get(verdict.judgment_id or 0, []))


def calls_of(result: BenchmarkResult) -> dict[int, list[JudgeCall]]:
    """A judge's stored answers by judgment; none where verdicts were imported."""
    found: dict[int, list[JudgeCall]] = {}
    for call in JudgeCall.objects.filter(judgment__benchmark_verdicts__result=result).order_by("pk"):
        found.setdefault(call.judgment_id or 0, []).append(call)
    return found


def annotation(result: BenchmarkResult, verdict: BenchmarkVerdict, calls: list[JudgeCall]) -> dict[str, Any]:
    record: dict[str, Any] = {
        "instruction": verdict.prompt.text,
        "output_1": verdict.baseline_response.text if verdict.baseline_response else "",
        "generator_1": result.baseline,
        "dataset": verdict.prompt.category or None,
        "output_2": verdict.response.text if verdict.response else "",
        "generator_2": result.name,
        "annotator": result.judge,
        "preference": None if verdict.value is None else 1 + verdict.value,
    }
    judgment = verdict.judgment
    details = judgment.details if judgment else {}
    if "preference" in details:
        record["preference"] = details["preference"]
    if calls:
        whole = not any(call.raw_erased_at for call in calls)
        details = {"price": sum(call.price for call in calls), "raw": [call.raw for call in calls] if whole else None}
    known = {
        "price_per_example": details.get("price"),
        "time_per_example": judgment.seconds if judgment else None,
        "raw_completion": details.get("raw"),
    }
    return record | {name: value for name, value in known.items() if value is not None}
