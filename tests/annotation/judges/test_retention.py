"""What judges wrote goes after some days, and nothing else of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.forms.models import model_to_dict
from django.utils import timezone

from annotation.judges import retention
from annotation.judges.config.registry import load
from annotation.judges.protocols.combining import read_in_every_order
from annotation.judges.runs import repairs
from annotation.models import JudgeCall, Judgment, Pair
from studio.accounts.models import User
from studio.projects.models import Project
from studio.projects.scope import inside
from tests.annotation.judges.runs.test_repairs import answered
from tests.annotation.making import author, pair
from tests.annotation.making import judge as judge_of_pair

pytestmark = pytest.mark.django_db
LOGPROBS = [{"token": "m", "logprob": -0.1}]


def days_ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def new_pair() -> Pair:
    return pair(f"Name {Pair.objects.count()} primes.")


def call(days: int = 20, of: Any = None, **fields: Any) -> JudgeCall:
    about = {
        "pair": of or new_pair(),
        "author": author("a-judge", "judge"),
        "shown": "left_first",
        "raw": "Verdict: B",
    }
    made = JudgeCall.objects.create(**(about | fields))
    JudgeCall.objects.filter(pk=made.pk).update(created_at=days_ago(days))
    return made


def erased() -> int:
    last, number = None, 0
    while some := retention.erase_some(days_ago(10), last):
        last, number = some.last, number + some.calls
    return number


def with_words() -> list[int]:
    return list(JudgeCall.objects.exclude(raw="").order_by("pk").values_list("pk", flat=True))


def test_only_the_words_of_old_calls_go() -> None:
    said: dict[str, Any] = {
        "grade": 2,
        "rationale": "Seven is prime.",
        "price": 0.5,
        "tokens_out": 9,
        "logprobs": LOGPROBS,
    }
    old, young = call(**said), call(days=9)
    before = model_to_dict(old)
    some = retention.erase_some(days_ago(10))
    assert some and (some.calls, some.bytes > len("Verdict: B")) == (1, True)
    old.refresh_from_db()
    assert model_to_dict(old) == before | {"raw": "", "logprobs": None}
    assert old.raw_erased_at and with_words() == [young.pk]
    assert JudgeCall.objects.filter(logprobs__isnull=True).count() == 2


def test_log_probabilities_go_where_there_is_nothing_else() -> None:
    call(raw="", logprobs=LOGPROBS)
    call(raw="")
    assert erased() == 1 and erased() == 0


def test_what_waits_for_repair_stays_until_somebody_has_read_it(lea: User) -> None:
    judge = load("xwin_pair")
    answered(judge, pair(), "The first is better by far.", "Verdict: B++")
    JudgeCall.objects.update(created_at=days_ago(20))
    (waits,) = repairs.waiting(judge.author)
    assert erased() == 1 and with_words() == [waits.pk]
    assert repairs.repair(waits, lea, grade=-2).grade == -2
    assert erased() == 1 and with_words() == []
    assert Judgment.objects.get(superseded_at=None).rationale == "The first is better by far."


def test_a_failure_that_was_superseded_goes_and_one_that_no_judgment_has_yet_stays() -> None:
    settled, open_one = (call(error="It has no verdict.") for _ in range(2))
    assert settled.pair
    settled.judgment = judge_of_pair(settled.pair, None, superseded_at=timezone.now())
    JudgeCall.objects.filter(pk=settled.pk).update(judgment=settled.judgment)
    assert erased() == 1 and with_words() == [open_one.pk]


def test_erased_answers_are_not_read_again() -> None:
    judge = load("xwin_pair")
    answered(judge, pair(), "Verdict: B++", "Verdict: A++")
    JudgeCall.objects.update(created_at=days_ago(20))
    stale = list(JudgeCall.objects.all())
    assert erased() == 2
    assert repairs.reparse(judge.author).answers == 0
    for one in stale:
        one.error, one.grade = "It cannot be read.", None
    assert repairs.judge_anew(judge, judge.author, stale) == 0
    assert not JudgeCall.objects.filter(grade=None).exists()


def test_an_unread_answer_whose_words_are_erased_is_still_an_answer() -> None:
    unread = JudgeCall(shown="left_first", error="No score.", raw_erased_at=timezone.now())
    assert read_in_every_order([unread, JudgeCall(shown="left_first")])


def test_an_interruption_leaves_the_rest_for_another_night(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "CHUNK", 2)
    of = pair()
    for day in (30, 20, 20, 20, 40):
        call(day, of)
    some = retention.erase_some(days_ago(10))
    assert some and some.calls == 2 and len(with_words()) == 3
    assert erased() == 3 and with_words() == []


def test_another_project_is_not_touched() -> None:
    call()
    with inside(Project.objects.create(slug="other", name="Other").pk):
        assert retention.old(days_ago(10)).count() == erased() == 0
    assert len(with_words()) == 1


def test_old_calls_are_found_by_an_index() -> None:
    call()
    with connection.cursor() as cursor:
        # Of a table with one row the planner takes any way.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    plan = retention.old(days_ago(10)).order_by("created_at", "pk").explain()
    assert "judge_call_with_words" in plan
