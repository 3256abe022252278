"""A judge that cannot be asked is said at the launch, unless its verdicts on the very same models are there."""

from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from annotation.judges.config import registry
from annotation.models import Score
from tests.annotation.making import author, collection, judge, pair, prompt, response
from training.runs.judge_errors import judge_errors
from training.runs.kinds import KINDS

pytestmark = pytest.mark.django_db
NO_KEY = "set OPENAI_API_KEY"


@pytest.fixture(autouse=True)
def _no_key(settings: Any) -> None:
    settings.OPENAI_API_KEY = ""


@pytest.fixture
def xwin() -> str:
    """The author of its verdicts."""
    return registry.ready("xwin_pair").author.name


def said(*models: str, of: str = "a-collection", by: str = "xwin_pair") -> str:
    """What is wrong with the judge of a benchmark of these models."""
    asked = {"judge": by, "collection": of, "authors": tuple(author(name).pk for name in models)}
    return judge_errors("benchmark", asked).get("judge", "")


def test_a_benchmark_of_models_that_were_judged_needs_no_key(xwin: str) -> None:
    judge(pair(), 1, by=xwin)
    assert said("one-model", "other-model") == ""


def test_verdicts_on_other_models_or_questions_are_none_on_these(xwin: str) -> None:
    judge(pair(), 1, by=xwin)
    collection("another")
    assert NO_KEY in said("one-model", "a-new-model")
    assert NO_KEY in said("one-model", of="another")


def test_a_verdict_that_was_taken_back_is_none(xwin: str) -> None:
    judge(pair(), 1, by=xwin, superseded_at="2026-01-01T00:00Z")
    assert NO_KEY in said("one-model")


def test_a_verdict_that_failed_is_none(xwin: str) -> None:
    judge(pair(), None, by=xwin, state="failed")
    assert NO_KEY in said("one-model")


def test_a_judge_that_is_named_by_its_author_is_checked_as_by_its_name(xwin: str) -> None:
    assert NO_KEY in said("one-model", by=xwin)
    judge(pair(), 1, by=xwin)
    assert said("one-model", by=xwin) == ""
    rubric = {"judge": registry.ready("rubric_two").author.name, "budget": 1.0}
    assert "names no price" in judge_errors("benchmark", rubric)["budget"]


def test_ratings_of_a_turn_count_as_verdicts(xwin: str) -> None:
    Score.objects.create(response=response(prompt(), by="m"), author=author(f"{xwin} · turn 1", "judge"), value=7)
    assert said("m") == ""


def test_an_evaluation_asks_for_the_key_whatever_was_judged_before(xwin: str) -> None:
    judge(pair(), 1, by=xwin)
    assert NO_KEY in judge_errors("evaluate", {"judge": "xwin_pair"})["judge"]
    assert judge_errors("evaluate", {"judge": "rubric_two"}) == {}


def test_a_judge_that_was_imported_measures_and_evaluates_nothing() -> None:
    author("somebody", "judge")
    assert said("m", by="somebody") == ""
    assert "somebody" in judge_errors("evaluate", {"judge": "somebody"})["judge"]
    assert "nobody" in said("m", by="nobody")


def test_many_models_cost_no_more_queries_than_one(xwin: str, django_assert_max_num_queries: Any) -> None:
    judge(pair(), 1, by=xwin)
    models = [author(f"m{number}").name for number in range(10)]
    asked: Any = {"judge": "xwin_pair", "collection": "a-collection", "authors": [author(name).pk for name in models]}
    with django_assert_max_num_queries(4) as one:
        judge_errors("benchmark", asked | {"authors": asked["authors"][:1]})
    assert isinstance(one, CaptureQueriesContext)
    with django_assert_max_num_queries(len(one)):
        judge_errors("benchmark", asked)


def test_a_budget_without_a_price_is_refused_of_every_kind(settings: Any) -> None:
    settings.OPENAI_API_KEY = "sk-test"
    for kind in ("judge", "evaluate", "benchmark"):
        assert "names no price" in judge_errors(kind, {"judge": "rubric_two", "budget": 1.0})["budget"]
        assert judge_errors(kind, {"judge": "xwin_pair", "budget": 1.0}) == {}


def test_every_kind_that_asks_a_judge_is_checked_and_has_a_budget() -> None:
    asking = {name: kind for name, kind in KINDS.items() if kind.asks_a_judge}
    assert set(asking) == {"judge", "rate", "evaluate", "benchmark"}
    for name, kind in asking.items():
        assert "budget" in kind.settings.__struct_fields__
        assert NO_KEY in judge_errors(name, {"judge": "xwin_pair"})["judge"]
