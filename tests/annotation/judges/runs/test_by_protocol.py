"""Each protocol against a real server, through the real client, from the question to the judgment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import log
from typing import Any

import pytest
from msgspec.structs import replace
from pytest_django import Settings

from annotation.judges.config.description import Judge, Template
from annotation.judges.config.published.alpaca_eval import switched
from annotation.judges.config.registry import load
from annotation.judges.runs import over_pairs
from annotation.models import JudgeCall, Judgment, Pair
from tests.annotation.judges.endpoint import Endpoint, Reply, completion, serving
from tests.annotation.making import pair

pytestmark = pytest.mark.django_db


@dataclass
class Answering(Endpoint):
    """Answers by the whole text of the question."""

    answer: Callable[[str], Reply] = lambda text: completion("")

    def reply(self, request: dict[str, Any]) -> Reply:
        self.asked.append(request)
        return self.answer(request["messages"][-1]["content"])


@pytest.fixture
def answering(settings: Settings) -> Callable[[Callable[[str], Reply]], Any]:
    @contextmanager
    def serve(answer: Callable[[str], Reply]) -> Iterator[Endpoint]:
        with serving(Answering(answer=answer)) as served:
            settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = served.address, "sk-one"
            yield served

    return serve


def judged(judge: Judge) -> Judgment:
    over_pairs.judge_pairs(judge, Pair.objects.all())
    return Judgment.objects.get(author=judge.author, superseded_at=None)


def scores(text: str) -> Reply:
    """Seven is worth 8 points, and whatever stands first one more."""
    first, second = (9, 3) if "<response_A>\nSeven" in text else (4, 8)
    return completion(f"Evidence: Seven is prime.\nScore of A: {first}\nScore of B: {second}")


def odds(**share: float) -> Reply:
    top = [{"token": token, "logprob": log(value), "bytes": None} for token, value in share.items()]
    return completion(next(iter(share)), logprobs={"content": [{**top[0], "top_logprobs": top}]})


def test_evidence_is_gathered_three_times_in_each_order_and_averaged(answering: Any) -> None:
    pair()
    with answering(scores) as served:
        judgment = judged(load("evidence"))
    assert len(served.asked) == 6 and {request["temperature"] for request in served.asked} == {1}
    assert (judgment.grade, judgment.consistent, judgment.shown) == (3, True, "both")
    assert judgment.details == {"scores": [3.5, 8.5]}


def test_evidence_without_scores_is_passed_over_and_counted(answering: Any) -> None:
    pair()
    refusal = iter([completion("I refuse.")])
    with answering(lambda text: next(refusal, None) or scores(text)):
        judgment = judged(replace(load("evidence"), samples=2))
    assert (judgment.grade, judgment.details["unparsed"]) == (3, 1)
    assert JudgeCall.objects.exclude(error="").get().raw == "I refuse."


def test_one_order_without_scores_fails_the_pair(answering: Any) -> None:
    pair()
    with answering(lambda text: completion("No.") if "<response_A>\nSeven" in text else scores(text)):
        judgment = judged(load("evidence"))
    assert (judgment.state, judgment.grade) == ("failed", None) and "Score of A" in judgment.error


def test_each_response_is_rated_by_itself(answering: Any) -> None:
    pair()
    with answering(lambda text: completion(f"Rating: {8 if 'Seven' in text else 6.5}")) as served:
        judgment = judged(load("rating"))
    assert all("<response>" in request["messages"][1]["content"] for request in served.asked)
    assert len(served.asked) == 2
    assert (judgment.grade, judgment.consistent, judgment.details) == (2, None, {"scores": [6.5, 8]})


def test_odds_of_both_orders_are_one_preference(answering: Any) -> None:
    pair()
    with answering(lambda text: odds(A=0.8, B=0.2) if "<response_A>\nSeven" in text else odds(B=0.6, A=0.4)) as served:
        judgment = judged(load("logprob"))
    assert served.asked[0]["top_logprobs"] == 5
    assert judgment.preference == pytest.approx(0.7)
    assert (judgment.grade, judgment.consistent) == (1, True)


def test_alpaca_evals_judge_reads_one_drawn_order_and_keeps_its_share(answering: Any) -> None:
    judge = Judge(
        title="A",
        says="B",
        version=1,
        protocol="alpaca_eval",
        known_as="weighted",
        model="tiny",
        order_seed=0,
        user="<|im_start|>user\n{instruction}|{output_1}|{output_2}<|im_end|>",
        parser="logprob_parser",
        parser_settings={"numerator_token": "m", "denominator_tokens": ["m", "M"], "is_binarize": False},
    )
    pair()
    with answering(lambda text: odds(M=0.9, m=0.1) if text.endswith("|Seven.") else odds(m=0.9, M=0.1)) as served:
        judgment = judged(judge)
    assert len(served.asked) == 1
    assert judgment.preference == pytest.approx(0.9) and judgment.grade == 2
    assert judgment.shown == ("right_first" if switched("Name a prime.") else "left_first")


def test_a_pair_that_lacks_what_the_judge_shows_fails_alone_and_says_why(answering: Any) -> None:
    judge = Judge(
        title="A",
        says="B",
        version=1,
        protocol="fastchat_pair",
        name="fastchat/pair",
        model="tiny",
        prompts={
            "pair-v2": Template("", "{question} A: {answer_a} B: {answer_b}"),
            "pair-math-v1": Template("", "{question} {ref_answer_1} A: {answer_a} B: {answer_b}"),
        },
    )
    pair("Sum it up.", metadata={"category": "math", "question_id": 111})
    good = pair("Write.", metadata={"category": "writing"})
    with answering(lambda text: completion("[[B]]" if "A: Four." in text else "[[A]]")) as served:
        outcome = over_pairs.judge_pairs(judge, Pair.objects.all())
    assert (outcome.judged, outcome.failed, len(served.asked)) == (1, 1, 2)
    assert Judgment.objects.get(pair=good).grade == 2
    assert "question 111: too few reference" in Judgment.objects.get(state="failed").error
