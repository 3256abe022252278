"""Whoever writes judgments, with somebody else at the same pair: both are counted, in either order."""

import io
import re
from collections.abc import Callable, Sequence

import orjson
import pytest

from annotation.interchange.imports import collection_named, import_file
from annotation.judges.config.registry import load
from annotation.judges.runs import over_pairs, repairs
from annotation.models import Author, Judgment, Pair
from annotation.review import judgments
from annotation.review.judgments import Verdict
from studio.accounts.models import User
from studio.embedded.steps import ROOT
from tests.annotation.judges.runs.test_repairs import WIDER, answered
from tests.annotation.making import author, pair

pytestmark = pytest.mark.django_db(transaction=True)

# Of the toy world, so that a program can judge it.
TASK = "Anna is at the market in the morning. List three animals."
GOOD = "Here are three animals: red cat, old dog and new fox."
POOR = "cat cat"

Act = Callable[[], object]
Overlapping = Callable[..., bool]


def recorded(of: Pair, by: User, monkeypatch: pytest.MonkeyPatch) -> Act:
    me = Author.of(by)
    return lambda: judgments.record(of, me, grade=2, shown="left_first")


def withdrawn(of: Pair, by: User, monkeypatch: pytest.MonkeyPatch) -> Act:
    made = judgments.record(of, Author.of(by), grade=2, shown="left_first")
    return lambda: judgments.withdraw(made)


def many(of: Pair, by: User, monkeypatch: pytest.MonkeyPatch) -> Act:
    judge, more = author("a-judge", "judge"), [pair(f"Name {n} primes.") for n in range(3)]
    return lambda: judgments.record_many(judge, [Verdict(each.pk, 2) for each in (*more, of)])


def judged_by_program(of: Pair, by: User, monkeypatch: pytest.MonkeyPatch) -> Act:
    judge = load("rubric_two")
    return lambda: over_pairs.judge_pairs(judge, Pair.objects.filter(pk=of.pk))


def repaired(of: Pair, by: User, monkeypatch: pytest.MonkeyPatch) -> Act:
    answered(load("xwin_pair"), of, "The first is better by far.", "Verdict: B++")
    return lambda: repairs.repair(repairs.waiting().get(), by, grade=-2)


def read_again(of: Pair, by: User, monkeypatch: pytest.MonkeyPatch) -> Act:
    judge = load("xwin_pair")
    answered(judge, of, "My verdict is A++", "My verdict is B++")
    monkeypatch.setattr("annotation.judges.protocols.pairwise.VERDICT", WIDER)
    return lambda: repairs.reparse(judge.author)


def imported(of: Pair, by: User, monkeypatch: pytest.MonkeyPatch) -> Act:
    sides = [{"author": side.author.name, "text": side.text} for side in (of.left, of.right)]
    verdict = {"author": "an-imported-judge", "kind": "judge", "grade": 1}
    line = orjson.dumps({"prompt": of.prompt.text, "responses": sides, "judgments": [verdict]})
    return lambda: import_file(io.BytesIO(line), "pairs", collection_named(of.collection.slug))


WRITERS = [recorded, withdrawn, many, judged_by_program, repaired, read_again, imported]


def counted(of: Pair) -> tuple[int, float | None, bool]:
    of.refresh_from_db()
    return of.n_judgments, of.mean_grade, of.disputed


def in_rows(of: Pair) -> tuple[int, float, bool]:
    found = Judgment.objects.filter(pair=of, superseded_at=None, state="valid").values_list("grade", flat=True)
    grades = [grade for grade in found if grade is not None]
    return len(grades), sum(grades) / len(grades), min(grades) < 0 < max(grades)


@pytest.mark.parametrize("comes_first", [True, False], ids=["first", "second"])
@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.__name__)
def test_a_judgment_beside_another_is_counted(
    writer: Callable[..., Act],
    comes_first: bool,
    ann: User,
    bob: User,
    overlapping: Overlapping,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of, other = pair(TASK, POOR, GOOD), Author.of(bob)
    acts = [writer(of, ann, monkeypatch), lambda: judgments.record(of, other, grade=-1, shown="left_first")]
    assert overlapping(*(acts if comes_first else acts[::-1]))
    assert counted(of) == in_rows(of)
    assert counted(of)[0] == (1 if writer is withdrawn else 2)


def test_nothing_else_writes_judgments() -> None:
    writes = re.compile(
        r"(INSERT INTO|UPDATE|DELETE FROM) annotation_judgment\b|recount\("
        r"|\bJudgment\.objects[^\n]*\.(create|bulk_create|update|bulk_update|delete|update_or_create)\("
    )
    found = {
        path.relative_to(ROOT).as_posix()
        for app in ("annotation", "training", "frontend")
        for path in (ROOT / app).rglob("*.py")
        if writes.search(path.read_text())
    }
    assert found == {
        "annotation/interchange/staged_judgments.py",
        "annotation/review/judgments.py",
        "annotation/review/pair_lock.py",
    }


def test_two_runs_of_one_judge_at_one_pair_leave_one_current_judgment(overlapping: Overlapping) -> None:
    of, judge = pair(), author("a-judge", "judge")
    by_run = [lambda grade=grade: judgments.record_many(judge, [Verdict(of.pk, grade)]) for grade in (1, -2)]
    assert overlapping(*by_run)
    assert counted(of) == (1, -2.0, False)


def test_judges_that_take_the_same_pairs_in_other_orders_never_wait_in_a_circle(
    at_once: Callable[..., None],
) -> None:
    made = [pair(f"Name {n} primes.").pk for n in range(60)]
    orders: list[Sequence[int]] = [made, made[::-1]] * 4
    judges = [author(f"judge {n}", "judge") for n in range(8)]
    at_once(8, lambda n: judgments.record_many(judges[n], [Verdict(pk, n % 3) for pk in orders[n]]))
    assert set(Pair.objects.values_list("n_judgments", flat=True)) == {8}
