"""A run that rates: each judge by itself, one score of all, and no answer paid for twice."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from annotation.datasets import versions
from annotation.models import Collection, Score
from tests.annotation.judges.endpoint import Endpoint, Reply, completion, serving
from tests.training import sampling
from tests.training.sampling import GOOD, POOR, toy_prompts
from tests.training.working import executed
from training.models import Checkpoint, Run
from training.rundir import read_records
from training.runs import launching
from training.runs.forms import FormInvalid
from training.runs.names import RunOutput
from training.runs.sources import scores_of

pytestmark = pytest.mark.django_db(transaction=True)


class Rater(Endpoint):
    """Gives a good response nine points and any other two; honesty one less."""

    def reply(self, request: dict[str, Any]) -> Reply:
        self.asked.append(request)
        system, text = (message["content"] for message in request["messages"])
        points = (9 if GOOD in text else 2) - ("as sure of what it says" in system)
        return self.faults.pop(0) if self.faults else completion(f"So.\nRating: {points}")


@pytest.fixture
def endpoint(settings: Any) -> Iterator[Endpoint]:
    with serving(Rater()) as served:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = served.address, "sk-test"
        yield served


@pytest.fixture
def responses(
    collection: Collection, make_checkpoint: Callable[..., Checkpoint], monkeypatch: pytest.MonkeyPatch
) -> RunOutput:
    monkeypatch.setattr(launching, "enqueue", lambda run: None)
    prompts = toy_prompts(collection)
    rows = [{"prompt_id": prompt.pk, "prompt": prompt.messages} for prompt in prompts]
    asked = versions.freeze_rows("asked", "prompts", rows, {})
    run = sampling.sampled(asked, prompts, make_checkpoint("sft"), [GOOD, POOR])
    return RunOutput(run.pk, "sampled.jsonl")


def rated(responses: RunOutput, **settings: Any) -> Run:
    return executed(launching.launch("rate", settings, inputs={"responses": responses}))


def test_a_program_rates_each_response_and_the_best_are_kept_by_it(responses: RunOutput) -> None:
    run = rated(responses, judge="rubric_one")
    assert (run.state, run.result["counts"], run.name) == (
        "succeeded",
        {"scores": 12, "without": 0},
        f"rubric_one rates {responses}",
    )
    lines = list(read_records(run.directory / "output" / "scores.jsonl"))
    assert lines[0]["score"] > lines[1]["score"] and Score.objects.count() == 12
    scores = {"responses": responses, "scores": RunOutput(run.pk, "scores.jsonl")}
    kept = launching.launch("keep_best", {}, inputs=scores)
    assert scores_of(kept) == ["rubric_one v1"]


def test_several_judges_rate_aspects_whose_mean_or_lowest_is_the_score(
    responses: RunOutput, endpoint: Endpoint
) -> None:
    run = rated(responses, judge="helpfulness", further_judges=["honesty"], combine="minimum")
    assert run.name == f"helpfulness and 1 more rate {responses}"
    lines = list(read_records(run.directory / "output" / "scores.jsonl"))
    assert [(line["score"], line["scores"]) for line in lines[:2]] == [(8.0, [9.0, 8.0]), (1.0, [2.0, 1.0])]
    assert (len(endpoint.asked), run.result["calls"], Score.objects.count()) == (24, 24, 24)
    again = rated(responses, judge="helpfulness", further_judges=["honesty"])
    assert (len(endpoint.asked), again.state) == (24, "succeeded")
    assert next(read_records(again.directory / "output" / "scores.jsonl"))["score"] == 8.5


def test_a_response_that_a_judge_could_not_rate_has_no_score_and_is_counted(
    responses: RunOutput, endpoint: Endpoint
) -> None:
    endpoint.faults = [completion("Hard to say.")]
    run = rated(responses, judge="truthfulness")
    assert run.result["counts"] == {"scores": 11, "without": 1}
    assert len(list(read_records(run.directory / "output" / "scores.jsonl"))) == 11


def test_a_budget_pauses_it_and_it_goes_on_without_paying_twice(responses: RunOutput, endpoint: Endpoint) -> None:
    run = rated(responses, judge="helpfulness", further_judges=["honesty"], budget=0.05)
    assert (run.state, "$0.05 is spent" in run.error) == ("cancelled", True)
    launching.resume(run, budget=10.0)
    assert (executed(run).state, len(endpoint.asked)) == ("succeeded", 24)


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"judge": "xwin_pair"}, "judge", "compares two responses"),
        ({"judge": "honesty", "further_judges": ["xwin_pair"]}, "further_judges", "compares two responses"),
        ({"judge": "honesty", "further_judges": ["nobody"]}, "further_judges", "nobody"),
        ({"judge": "honesty", "further_judges": ["honesty"]}, "further_judges", "Name each judge once"),
    ],
)
@pytest.mark.usefixtures("endpoint")
def test_a_judge_that_cannot_rate_is_refused_before_the_run(
    responses: RunOutput, given: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(FormInvalid) as refused:
        launching.launch("rate", given, inputs={"responses": responses})
    assert list(refused.value.errors) == [field] and words in refused.value.errors[field]
