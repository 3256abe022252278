"""A run that judges: what it makes of samples and of pairs, what it spends, where it pauses, and how it goes on."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from annotation.datasets import versions
from annotation.judges.client.journal import Journal
from annotation.judges.config.registry import load
from annotation.judges.runs import over_pairs
from annotation.judges.runs.frame import answers_of
from annotation.models import Collection, JudgeCall, Judgment, Pair
from annotation.review.flagging import flag
from studio.accounts.models import User
from tests.annotation.judges.endpoint import Endpoint, completion, serving
from tests.annotation.making import pair, paired, response
from tests.training import sampling
from tests.training.sampling import GOOD, POOR, toy_prompts
from tests.training.worker.test_faults import Workers, wait_for, wait_for_work, wait_until
from tests.training.working import executed
from training.models import Checkpoint, Run, RunVersion
from training.runs import judge_session, launching
from training.runs.forms import FormInvalid
from training.runs.names import RunOutput
from training.worker import transitions

pytestmark = pytest.mark.django_db(transaction=True)

# What one call costs: 100 tokens in and 10 out, at the judge's price.
PRICE = 0.0013
MakeCheckpoint = Callable[..., Checkpoint]


def prefers_seven(first: str, second: str) -> str:
    return f"Seven is prime.\nVerdict: {'A++' if 'Seven' in first else 'B++'}"


@pytest.fixture
def endpoint(settings: Any) -> Iterator[Endpoint]:
    with serving(Endpoint(verdict=prefers_seven)) as served:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = served.address, "sk-test"
        yield served


@pytest.fixture
def pairs() -> list[Pair]:
    return [pair(f"Name {number} primes.") for number in range(30)]


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "enqueue", lambda run: None)


@pytest.fixture
def sampled(quiet: None, collection: Collection, make_checkpoint: MakeCheckpoint) -> Callable[..., Run]:
    """A sampling run that has ended: `sampled("sft", [GOOD, POOR])` gives these responses to every prompt."""

    def make(name: str, responses: list[str]) -> Run:
        prompts = toy_prompts(collection)
        rows = [{"prompt_id": prompt.pk, "prompt": prompt.messages} for prompt in prompts]
        asked = versions.freeze_rows("asked", "prompts", rows, {})
        return sampling.sampled(asked, prompts, make_checkpoint(name), responses)

    return make


def of_samples(source: Run, **settings: Any) -> Run:
    output = RunOutput(source.pk, "sampled.jsonl")
    asked = {"judge": "rubric_one", "per_prompt": 3} | settings
    return executed(launching.launch("judge", asked, name="judged", inputs={"responses": output}))


def launched(**settings: Any) -> Run:
    return launching.launch("judge", {"judge": "xwin_pair", "collection": "a-collection"} | settings)


@pytest.mark.usefixtures("quiet", "pairs")
def test_a_run_says_what_became_of_its_pairs_and_what_they_cost(endpoint: Endpoint) -> None:
    endpoint.faults = [completion("Both are fine.")]
    run = executed(launched())
    found = run.result
    assert (run.state, run.done, run.total) == ("succeeded", 30, 30)
    assert (found["judged"], found["failed"], found["calls"], found["unparsed"]) == (29, 1, 60, 1)
    assert found["price"] == pytest.approx(60 * PRICE)
    assert [share["calls"] for share in found["endpoints"].values()] == [60]
    assert set(JudgeCall.objects.values_list("asked_for", flat=True)) == {f"run {run.pk}"}


@pytest.mark.usefixtures("quiet", "pairs")
def test_a_run_pauses_at_its_budget_and_goes_on_with_a_higher_one(endpoint: Endpoint) -> None:
    # A call under way is reckoned with a full answer: 700 tokens, 2.1 cents.
    run = executed(launched(budget=0.05))
    assert run.state == "cancelled"
    assert run.error.startswith(f"The budget of $0.05 is spent: {run.done} of 30 pairs judged. $0.0")
    paid = len(endpoint.asked)
    assert 0 < run.done < 30
    assert run.result["price"] == pytest.approx(paid * PRICE) and paid * PRICE <= 0.05
    assert not RunVersion.objects.exists()
    assert launching.resume(run, budget=1.0)
    run = executed(run)
    assert (run.state, run.done, run.error, run.spec["settings"]["budget"]) == ("succeeded", 30, "", 1.0)
    assert (len(endpoint.asked), run.result["calls"], run.result["judged"]) == (60, 60, 30)
    assert run.result["price"] == pytest.approx(60 * PRICE)


@pytest.mark.usefixtures("quiet", "pairs")
def test_a_budget_that_was_spent_before_buys_nothing(endpoint: Endpoint) -> None:
    run = executed(launched(budget=0.05))
    asked, done = len(endpoint.asked), run.done
    launching.resume(run)
    run = executed(run)
    assert (run.state, run.done, len(endpoint.asked)) == ("cancelled", done, asked)


@pytest.mark.usefixtures("quiet")
def test_only_the_pairs_that_are_named_are_judged(endpoint: Endpoint, pairs: list[Pair]) -> None:
    run = executed(launched(collection="", pairs=[pairs[3].pk, pairs[5].pk]))
    assert (run.state, run.total) == ("succeeded", 2)
    assert set(Judgment.objects.values_list("pair", flat=True)) == {pairs[3].pk, pairs[5].pk}


@pytest.mark.usefixtures("quiet")
def test_what_a_flag_holds_back_is_not_judged_though_it_is_named(
    endpoint: Endpoint, pairs: list[Pair], ann: User
) -> None:
    flag(ann, pairs[3], "A phone number.")
    run = executed(launched(collection="", pairs=[pairs[3].pk, pairs[5].pk]))
    assert (run.result["judged"], run.result["flagged"]) == (1, 1)
    assert [judgment.pair_id for judgment in Judgment.objects.all()] == [pairs[5].pk]


def test_a_budget_for_a_judge_without_a_price_is_refused() -> None:
    with pytest.raises(FormInvalid, match="names no price"):
        launched(judge="rubric_one", budget=1.0)


@pytest.mark.usefixtures("quiet", "pairs")
def test_a_paused_run_keeps_what_was_answered(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint.seconds = 0.05
    run = launched()
    with monkeypatch.context() as wish:
        wish.setattr("training.worker.renewal.Renewal.must_stop", property(lambda renewal: Judgment.objects.exists()))
        run = executed(run)
    assert (run.state, run.error) == ("cancelled", "")
    assert 0 < run.done == run.result["judged"] == Judgment.objects.count()
    launching.resume(run)
    assert executed(run).state == "succeeded"
    assert len(endpoint.asked) == 60 == JudgeCall.objects.count()


def test_progress_is_not_written_for_every_answer(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "enqueue", lambda run: None)
    for number in range(300):
        pair(f"Name {number} primes.")
    written: list[Any] = []
    monkeypatch.setattr(transitions, "report", lambda held, **fields: written.append(fields))
    run = executed(launched())
    assert run.state == "succeeded" and run.duration
    assert len(written) < 3 + run.duration.total_seconds() / 0.5


def test_judging_makes_pairs_verdicts_and_a_version_of_preferences(sampled: Callable[..., Run]) -> None:
    run = of_samples(sampled("sft", [GOOD, POOR, "cat"]))
    assert run.state == "succeeded", run.error
    assert Pair.objects.count() == 18
    assert Judgment.objects.filter(author__kind="judge").count() == 18
    assert (run.done, run.total, run.unit) == (18, 18, "pairs")
    made = run.run_versions.get(role=RunVersion.Role.OUTPUT, name="preferences").version
    assert made.kind == "preferences"
    record = next(versions.records(made))
    assert {"chosen", "rejected", "margin"} <= record.keys()


def test_judging_again_adds_no_pair_and_no_verdict(sampled: Callable[..., Run]) -> None:
    source = sampled("sft", [GOOD, POOR])
    of_samples(source)
    before = Pair.objects.count(), Judgment.objects.count()
    assert of_samples(source).state == "succeeded"
    assert (Pair.objects.count(), Judgment.objects.count()) == before


@pytest.mark.usefixtures("quiet")
def test_pairs_of_a_collection_are_judged_where_they_lie(collection: Collection) -> None:
    prompt = toy_prompts(collection)[0]
    paired(response(prompt, GOOD), response(prompt, POOR))
    run = executed(launching.launch("judge", {"judge": "rubric_one", "collection": collection.slug}))
    assert run.state == "succeeded", run.error
    assert run.result["judged"] == 1


def test_a_judge_needs_something_to_judge() -> None:
    with pytest.raises(FormInvalid, match="collection"):
        launching.launch("judge", {"judge": "rubric_one"})


def test_an_unknown_judge_is_refused_and_those_there_are_are_named(sampled: Callable[..., Run]) -> None:
    with pytest.raises(FormInvalid, match="rubric_one"):
        of_samples(sampled("sft", [GOOD, POOR]), judge="nobody")


def test_judging_stops_when_it_is_asked_to_and_keeps_what_was_judged(
    sampled: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(over_pairs, "CHUNK", 2)
    source = sampled("sft", [GOOD, POOR])
    run = launching.launch(
        "judge", {"judge": "rubric_one"}, inputs={"responses": RunOutput(source.pk, "sampled.jsonl")}
    )
    # The wish is heard after the first chunk.
    monkeypatch.setattr(
        "training.worker.renewal.Renewal.must_stop", property(lambda renewal: Judgment.objects.exists())
    )
    executed(run)
    assert run.state == "cancelled"
    assert Judgment.objects.count() == 2


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_kill_9_of_a_worker_pays_for_no_answer_twice_also_where_it_was_not_stored(
    endpoint: Endpoint, pairs: list[Pair], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(170):
        pair(f"Name {number} more primes.")
    endpoint.seconds = 0.2
    monkeypatch.setenv("OPENAI_BASE_URL", endpoint.address)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    workers = Workers(tmp_path)
    try:
        worker = workers.start("judge")
        run = launched()
        wait_for_work(run, lambda: JudgeCall.objects.count() > 50)
        with nothing_stored():
            stored = JudgeCall.objects.count()
            wait_for(lambda: endpoint.at_once == 0 and stored < len(endpoint.asked) == journalled(tmp_path))
            workers.kill(worker)
        assert JudgeCall.objects.count() < len(endpoint.asked)
        workers.start("judge")
        wait_until(run, "succeeded")
    finally:
        workers.stop()
    assert run.attempts == 2 and run.result["unheard"] == 0
    assert (len(endpoint.asked), JudgeCall.objects.count()) == (400, 400)
    assert (run.result["calls"], run.result["judged"]) == (400, 200)
    assert run.result["price"] == pytest.approx(400 * PRICE)


@pytest.mark.usefixtures("quiet", "pairs", "endpoint")
def test_what_was_never_heard_of_is_told_at_the_end_and_leaves_no_file(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    run = launched()
    died = Journal(answers_of(load("xwin_pair").author, judge_session.purpose(run)))
    died.asked("a question that nobody answered")
    os.close(died.file)
    assert executed(run).result["unheard"] == 1
    assert list((tmp_path / "answers").iterdir()) == []


def journalled(folder: Path) -> int:
    return sum(path.read_bytes().count(b'"answered":') for path in folder.rglob("*.jsonl"))


@contextmanager
def nothing_stored() -> Iterator[None]:
    """No answer comes into the database meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE annotation_judgecall IN SHARE MODE")
        yield
