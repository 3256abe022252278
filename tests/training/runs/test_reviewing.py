"""A run that waits for people: what it asks for, how it waits without a worker, and when it goes on."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import OperationalError

from annotation.datasets import versions
from annotation.models import Assignment, Author, Collection, Shown
from annotation.review import queue
from annotation.review.judgments import record
from studio.accounts.models import User
from tests.training import sampling
from tests.training.sampling import GOOD, POOR, toy_prompts
from tests.training.working import executed
from training.models import Checkpoint, Run, RunVersion
from training.runs import launching, reviewing, waiting
from training.runs.kinds import PEOPLE
from training.runs.names import RunOutput
from training.worker import transitions

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The runs that were sent to a worker."""
    found: list[int] = []

    class Message:
        def __init__(self, task: str, args: tuple[int, ...], queue: str) -> None:
            self.run = args[0]

        def apply_async(self) -> None:
            found.append(self.run)

    monkeypatch.setattr(launching, "signature", Message)
    return found


@pytest.fixture
def responses(sent: list[int], collection: Collection, make_checkpoint: Callable[..., Checkpoint]) -> RunOutput:
    prompts = toy_prompts(collection)
    rows = [{"prompt_id": prompt.pk, "prompt": prompt.messages} for prompt in prompts]
    asked = versions.freeze_rows("asked", "prompts", rows, {})
    run = sampling.sampled(asked, prompts, make_checkpoint("sft"), [GOOD, POOR])
    return RunOutput(run.pk, "sampled.jsonl")


@pytest.fixture
def run(responses: RunOutput) -> Run:
    return executed(launching.launch("review", {"overlap": 1}, inputs={"responses": responses}))


def judge(by: User, number: int) -> None:
    """The next so many of the queue."""
    for slot in queue.next_slots(by, number):
        record(slot.pair, Author.of(by), shown=Shown.LEFT_FIRST, grade=2 if slot.pair.right.text == GOOD else -2)


def test_it_asks_for_a_judgment_of_each_pair_and_waits_without_a_worker(run: Run, sent: list[int]) -> None:
    assert (run.state, run.queue, run.done, run.total, run.attempts) == ("queued", PEOPLE, 0, 6, 0)
    assert Assignment.objects.count() == 6 and not RunVersion.objects.filter(run=run, role="output").exists()
    assert waiting.why(run) == "It waits for people: 6 of 6 judgments are left."
    before = list(sent)
    Run.objects.filter(pk=run.pk).update(queued_at="2020-01-01T00:00Z")
    assert transitions.resend() == [] and sent == before


def test_when_all_have_judged_it_goes_on_and_freezes_what_they_prefer(run: Run, ann: User, sent: list[int]) -> None:
    judge(ann, 4)
    reviewing.go_on()
    run.refresh_from_db()
    assert (run.done, run.total, run.queue) == (4, 6, PEOPLE)
    judge(ann, 2)
    reviewing.go_on()
    assert sent[-1] == run.pk
    run = executed(run)
    assert (run.state, run.result["counts"]) == ("succeeded", {"pairs": 6, "judgments": 6})
    made = run.run_versions.get(role="output", name="preferences").version
    assert {row["chosen"] for row in versions.records(made)} == {GOOD}


def test_pairs_that_are_taken_back_are_not_waited_for(run: Run, ann: User, sent: list[int]) -> None:
    judge(ann, 2)
    Assignment.objects.exclude(state="done").delete()
    reviewing.go_on()
    run = executed(run)
    assert (run.state, run.result["counts"]["judgments"]) == ("succeeded", 2)


def test_who_asks_again_for_the_same_pairs_waits_for_the_slots_that_are_there(
    run: Run, responses: RunOutput, ann: User, sent: list[int]
) -> None:
    other = executed(launching.launch("review", {"overlap": 1}, inputs={"responses": responses}))
    assert (other.queue, other.total, Assignment.objects.count()) == (PEOPLE, 6, 6)
    before = list(sent)
    reviewing.go_on()
    assert sent == before
    judge(ann, 6)
    reviewing.go_on()
    assert sent == [*before, run.pk, other.pk] or sent == [*before, other.pk, run.pk]
    for one in (executed(run), executed(other)):
        one.refresh_from_db()
        assert one.state == "succeeded" and "pair_ids" not in one.result


def test_a_worker_that_dies_once_slots_are_open_leaves_them_to_the_next(
    responses: RunOutput, sent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    opens = queue.open_slots

    def dies(*args: Any, **named: Any) -> int:
        opens(*args, **named)
        raise OperationalError("killed")

    with monkeypatch.context() as once:
        once.setattr(queue, "open_slots", dies)
        once.setattr(reviewing, "patiently", lambda work: work())
        run = executed(launching.launch("review", {"overlap": 1}, inputs={"responses": responses}))
    run = executed(run)
    assert (run.queue, run.done, run.total) == (PEOPLE, 0, 6)
    before = list(sent)
    reviewing.go_on()
    assert sent == before
    moment = run.result["asked_at"]
    assert queue.take_back(datetime.fromisoformat(moment)) == (6, 0)


def test_it_can_be_cancelled_and_goes_on_when_it_is_resumed(run: Run, sent: list[int]) -> None:
    assert launching.cancel(run)
    run.refresh_from_db()
    before: Any = list(sent)
    assert run.state == "cancelled" and launching.resume(run) and sent == before
    run.refresh_from_db()
    assert (run.state, run.queue) == ("queued", PEOPLE)


def test_a_recipe_says_which_of_its_stages_waits(run: Run, make_run: Callable[..., Run]) -> None:
    recipe = make_run(kind="recipe", state="running", started_at=run.created_at)
    Run.objects.filter(pk=run.pk).update(parent=recipe, stage="preferences")
    assert waiting.why(recipe) == "Stage preferences: It waits for people: 6 of 6 judgments are left."
