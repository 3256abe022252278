"""A result of MT-bench with its questions, for tests of pages: `result()`, `asked(result, 3)`."""

from typing import Any

from annotation import turns
from annotation.models import Author, JudgeCall, Pair, Score
from tests.annotation.making import author, collection, prompt, response
from training.models import BenchmarkResult, BenchmarkVerdict, Run

JUDGE = "fastchat/single · gpt-4"
HOSTILE = "<script>alert(1)</script> So be it."


def result(name: str = "one-model", questions: int = 1, **fields: Any) -> BenchmarkResult:
    """A model rated at both turns: 9 of 10 and 4 of 10."""
    run = Run.objects.create(kind="benchmark", name="bench", spec={}, queue="judge")
    figures = {
        "mode": "single",
        "turn_1": 9.0,
        "turn_2": 4.0,
        "by_category": {"math": 6.5},
        "by_category_and_turn": {"math": {"turn_1": 9.0, "turn_2": 4.0, "n": 2}},
    }
    given: dict[str, Any] = {"benchmark": "mt_bench", "value": 6.5, "low": 6.0, "high": 7.0, "n": 2, "run": run}
    given |= {"judge": JUDGE, "judge_author": author(f"{JUDGE} · turn 1", "judge"), "figures": figures}
    given |= {"name": name, "author": author(name), "collection": collection()}
    made = BenchmarkResult.objects.create(**given | fields)
    for number in range(questions):
        asked(made, number)
    return made


def asked(made: BenchmarkResult, number: int, **fields: Any) -> BenchmarkVerdict:
    told = ["Name a prime.", "An even one?"]
    told[0] += f" {number} {made.name}"
    of = prompt(
        told[0], category="math", metadata={"question_id": 81 + number, "turns": told, "reference": ["2", "Two"]}
    )
    answers = ["Seven.", "Four."]
    given = response(of, turns.written(told, answers), made.name, metadata={"turns": answers})
    for turn, points in ((1, 9.0), (2, 4.0)):
        by = author(f"{JUDGE} · turn {turn}", "judge")
        Score.objects.create(response=given, author=by, value=points)
        call(given, by, scores=[points], raw=f"{HOSTILE} [[{points:g}]]")
    details = {"turn_1": 9.0, "turn_2": 4.0}
    return BenchmarkVerdict.objects.create(
        result=made, prompt=of, response=given, **{"value": 6.5, "details": details} | fields
    )


def call(of: Any, by: Author, **fields: Any) -> JudgeCall:
    about = {"pair": of} if isinstance(of, Pair) else {"response": of}
    return JudgeCall.objects.create(
        author=by, prompt_digest="d", **{"shown": "left_first", "model": "gpt-4"} | about | fields
    )
