"""A judge that rates single responses, against a real server, through the real client."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.utils import timezone

from annotation.judges.client import calls
from annotation.judges.config.registry import Judge, JudgeInvalid, Price, load
from annotation.judges.runs.outcomes import Outcome, Purpose
from annotation.judges.runs.over_responses import rate_responses, repair, settle
from annotation.models import JudgeCall, Prompt, Response, Score
from studio.accounts.models import User
from tests.annotation.judges.endpoint import Endpoint, Reply, completion, fault, serving
from tests.annotation.making import author, prompt, response

pytestmark = pytest.mark.django_db


@dataclass
class Rater(Endpoint):
    """Rates as it is told, one after the other, then always 7."""

    says: list[str] = field(default_factory=list)

    def reply(self, request: dict[str, Any]) -> Reply:
        self.asked.append(request)
        if self.faults:
            return self.faults.pop(0)
        return completion(self.says.pop(0) if self.says else "Sound.\nRating: 7")


@pytest.fixture
def rater(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rater]:
    monkeypatch.setattr(calls, "LONGEST_WAIT", 0.05)
    with serving(Rater()) as served:
        assert isinstance(served, Rater)
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = served.address, "sk-secret"
        yield served


@pytest.fixture
def judge() -> Judge:
    return load("rating")


def answers(count: int) -> list[Response]:
    return [response(prompt(f"Name {n} primes."), f"Seven and {n}.") for n in range(count)]


def rate(judge: Judge, **options: Any) -> Outcome:
    return rate_responses(judge, Response.objects.all(), **options)


def test_every_response_is_rated_once_and_its_answer_kept(rater: Rater, judge: Judge) -> None:
    made = answers(3)
    outcome = rate(judge)
    assert (outcome.pairs, outcome.judged, outcome.calls, outcome.failed) == (3, 3, 3, 0)
    assert set(Score.objects.values_list("author__name", "value")) == {(judge.author.name, 7.0)}
    call = JudgeCall.objects.get(response=made[0])
    assert (call.pair, call.raw, call.scores, call.rationale) == (None, "Sound.\nRating: 7", [7.0, None], "Sound.")
    assert (call.tokens_in, call.model) == (100, "tiny-judge-2026")
    assert rate(judge).already == 3
    assert len(rater.asked) == 3


def test_the_same_words_of_two_models_are_one_question(rater: Rater, judge: Judge) -> None:
    of = prompt()
    response(of, "Seven.", "one-model")
    response(of, "Seven.", "other-model")
    outcome = rate(judge)
    assert (outcome.judged, outcome.calls, len(rater.asked)) == (2, 1, 1)
    response(of, "Seven.", "third-model")
    again = rate(judge)
    assert (again.judged, again.cached, len(rater.asked)) == (1, 1, 1)
    assert Score.objects.count() == JudgeCall.objects.count() == 3


def test_points_whose_words_were_erased_are_not_paid_for_again(rater: Rater, judge: Judge) -> None:
    of = response(prompt(), "Seven.", "one-model").prompt
    rate(judge)
    JudgeCall.objects.update(raw="", raw_erased_at=timezone.now())
    response(of, "Seven.", "other-model")
    assert (rate(judge).judged, len(rater.asked), Score.objects.filter(value=7).count()) == (1, 1, 2)


def test_words_that_are_used_again_are_as_old_as_they_were(rater: Rater, judge: Judge) -> None:
    of, long_ago = response(prompt(), "Seven.", "one-model").prompt, timezone.now() - timedelta(days=400)
    rate(judge)
    JudgeCall.objects.update(created_at=long_ago)
    response(of, "Seven.", "other-model")
    assert rate(judge).cached == 1
    assert JudgeCall.objects.filter(created_at=long_ago).exclude(raw="").count() == 2


def test_an_answer_that_cannot_be_read_is_kept_and_no_score(rater: Rater, judge: Judge) -> None:
    answers(1)
    rater.says = ["I would rather not."]
    outcome = rate(judge)
    assert (outcome.judged, outcome.failed, outcome.unparsed) == (0, 1, 1)
    assert "Rating" in JudgeCall.objects.get().error
    assert not Score.objects.exists()


def test_a_purpose_does_not_pay_again_for_what_it_cannot_read(rater: Rater, judge: Judge) -> None:
    answers(1)
    rater.says = ["I would rather not."]
    purpose = Purpose("run 1", since())
    rate(judge, purpose=purpose)
    rate(judge, purpose=purpose)
    assert len(rater.asked) == 1
    assert rate(judge, purpose=Purpose("run 2", since())).judged == 1


def since() -> datetime:
    return timezone.now()


def test_a_person_enters_the_points_that_could_not_be_read(rater: Rater, judge: Judge, lea: User) -> None:
    (made,) = answers(1)
    rater.says = ["Nine of ten."]
    rate(judge)
    repair(JudgeCall.objects.get(), lea, 9.0)
    call = JudgeCall.objects.get()
    assert (call.repaired_by, call.error, call.scores) == (lea, "", [9.0, None])
    assert Score.objects.get(response=made).value == 9
    assert rate(judge).already == 1


@pytest.mark.parametrize("points", [0, 11])
def test_points_off_the_scale_are_refused(rater: Rater, judge: Judge, lea: User, points: float) -> None:
    answers(1)
    rater.says = ["Nine of ten."]
    rate(judge)
    with pytest.raises(ValueError, match="1 to 10"):
        repair(JudgeCall.objects.get(), lea, points)


@pytest.mark.django_db(transaction=True)
def test_two_answers_about_one_response_are_repaired_at_once(
    rater: Rater, judge: Judge, lea: User, overlapping: Callable[..., bool]
) -> None:
    (made,) = answers(1)
    rater.says = ["Four.", "Eight."]
    rate(msgspec.structs.replace(judge, samples=2, seed=1, name="twice"))
    one, other = JudgeCall.objects.order_by("pk")
    by_hand = [lambda: repair(one, lea, 4.0), lambda: repair(other, lea, 8.0)]
    # The first stands where it has read both answers.
    overlapping(*by_hand, 'SELECT "annotation_judgecall"')
    assert Score.objects.get(response=made).value == 6


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_repair_one_answer_at_once_the_second_is_told(
    rater: Rater, judge: Judge, lea: User, eli: User, overlapping: Callable[..., bool]
) -> None:
    answers(1)
    rater.says = ["Nine of ten."]
    rate(judge)
    first, second = JudgeCall.objects.get(), JudgeCall.objects.get()

    def late() -> None:
        with pytest.raises(ValueError, match="Somebody entered points"):
            repair(second, eli, 2.0)

    assert overlapping(lambda: repair(first, lea, 9.0), late, 'UPDATE "annotation_judgecall"')
    call = JudgeCall.objects.get()
    assert (call.repaired_by, call.scores, Score.objects.get().value) == (lea, [9.0, None], 9.0)


def test_several_samples_are_averaged(rater: Rater, judge: Judge) -> None:
    answers(1)
    rater.says = ["Rating: 4", "Rating: 8"]
    rate(msgspec.structs.replace(judge, samples=2, seed=1, name="twice"))
    assert Score.objects.get().value == 6
    assert set(JudgeCall.objects.values_list("sample", "seed")) == {(0, 1), (1, 2)}


def test_a_readable_answer_counts_before_a_newer_one_that_is_not(judge: Judge) -> None:
    (made,) = answers(1)
    given = {"author": judge.author, "response": made, "shown": "left_first", "prompt_digest": "d"}
    JudgeCall.objects.create(**given, scores=[5.0, None], raw="Rating: 5")
    JudgeCall.objects.create(**given, error="Unread.", raw="?")
    score = settle(judge.author, made.pk)
    assert score and score.value == 5


def test_a_key_that_is_refused_stops_it_and_what_is_left_can_be_asked_later(rater: Rater, judge: Judge) -> None:
    answers(2)
    rater.faults = [fault(401), fault(401)]
    assert "key" in rate(judge).stopped
    assert not Score.objects.exists()
    rater.faults.clear()
    rate(judge)
    assert Score.objects.count() == 2


def test_a_budget_is_kept(rater: Rater, judge: Judge) -> None:
    answers(5)
    dear = msgspec.structs.replace(judge, price=Price(1_000_000, 0), name="dear")
    outcome = rate(dear, purpose=Purpose("run 1", since(), budget=0.5))
    assert outcome.out_of_budget and "budget" in outcome.stopped
    assert not rater.asked


def test_the_judge_of_the_second_turn_reads_both_and_is_another_author(rater: Rater, judge: Judge) -> None:
    asked: Prompt = prompt(
        "Name a prime.", metadata={"turns": ["Name a prime.", "An even one?"], "reference": ["2", "2"]}
    )
    response(asked, "Seven.\n\nTwo.", metadata={"turns": ["Seven.", "Two."]})
    rate(judge.at_turn(1))
    rate(judge.at_turn(2))
    first, second = (request["messages"][-1]["content"] for request in rater.asked)
    assert "Two." not in first and "An even one?" not in first
    assert all(words in second for words in ("Seven.", "An even one?", "Two."))
    names = set(Score.objects.values_list("author__name", flat=True))
    assert {name[-6:] for name in names} == {"turn 1", "turn 2"}


def test_a_judge_that_compares_rates_nothing(rater: Rater) -> None:
    answers(1)
    with pytest.raises(JudgeInvalid, match="compares two responses"):
        rate(load("xwin_pair"))


def test_a_program_rates_what_it_can_read() -> None:
    response(prompt("Anna is at home at noon. List three animals."), "Here are three animals: cat, dog and fox.")
    response(prompt("What of the rest?"), "Nothing.")
    outcome = rate(load("rubric_two"))
    assert (outcome.judged, outcome.failed, Score.objects.count()) == (1, 1, 1)
    assert author(load("rubric_two").author.name, "judge").scores.count() == 1
