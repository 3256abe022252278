"""Evaluations of checkpoints on held-out prompts of the toy world, by a program and by a judge behind an endpoint."""

from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import Mock

import pytest

from annotation.datasets import versions
from annotation.judges.runs import chat_pairs
from annotation.models import JudgeCall, Judgment, Pair, Prompt, Version
from tests.annotation.judges.endpoint import Endpoint, serving
from tests.training import sampling
from tests.training.evaluation.conftest import Reported
from tests.training.sampling import GOOD, POOR
from training.models import Checkpoint, Evaluation, Run
from training.runs import launching, samples
from training.runs.forms import FormInvalid
from training.worker import execution

MakeCheckpoint = Callable[..., Checkpoint]
# What one call costs: 100 tokens in and 10 out, at the judge's price.
PRICE = 0.0013
pytestmark = pytest.mark.django_db(transaction=True)


def policy(run: Run) -> Checkpoint:
    assert run.checkpoint
    return run.checkpoint


@pytest.fixture
def sampled(asked: Version, prompts: list[Prompt], make_checkpoint: MakeCheckpoint) -> Callable[..., Run]:
    """A sampling run that has ended: `sampled("sft", [GOOD, POOR])` gives these responses to every prompt."""

    def make(name: str, responses: list[str], greedy: str | None = None) -> Run:
        return sampling.sampled(asked, prompts, make_checkpoint(name), responses, greedy)

    return make


def ended(run: Run) -> Run:
    execution.execute(run.pk, "w1")
    run.refresh_from_db()
    return run


def evaluated(asked: Version, *comparisons: dict[str, Any], judge: str = "rubric_two", **settings: Any) -> Run:
    settings |= {"judge": judge, "comparisons": list(comparisons)}
    return ended(launching.launch("evaluate", settings, inputs={"prompts": asked}))


@pytest.fixture
def endpoint(settings: Any) -> Iterator[Endpoint]:
    """It prefers what names a cat."""
    with serving(Endpoint(verdict=lambda first, second: f"Verdict: {'A++' if 'cat' in first else 'B++'}")) as served:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = served.address, "sk-test"
        yield served


@pytest.fixture
def compared(sampled: Callable[..., Run]) -> dict[str, Any]:
    """A good checkpoint with a poor one."""
    poor, good = (policy(sampled(name, [text])) for name, text in (("poor", POOR), ("good", GOOD)))
    return {"checkpoint": good.pk, "baseline": poor.pk}


def test_a_better_checkpoint_wins_with_an_interval(sampled: Callable[..., Run], asked: Version) -> None:
    sft, rs = (policy(sampled(name, texts)) for name, texts in (("sft", [POOR]), ("rs", [GOOD, GOOD])))
    run = evaluated(asked, {"checkpoint": sft.pk}, {"checkpoint": rs.pk, "baseline": sft.pk})
    assert run.state == "succeeded", run.error
    alone = Evaluation.objects.get(checkpoint=sft)
    assert (alone.n, alone.win_rate, alone.protocol, alone.decoding) == (6, None, "ratings", "sampled")
    row = Evaluation.objects.get(checkpoint=rs)
    assert (row.n, row.wins, row.losses, row.ties, row.failed, row.win_rate) == (6, 6, 0, 0, 0, 1.0)
    assert row.score
    gain = row.details["difference"]
    assert gain["estimate"] == pytest.approx(row.score - (alone.score or 0))
    # All prompts gained the same, which shows no spread to judge the gain by.
    assert (gain["low"], gain["high"], row.score_low) == (None, None, None)
    assert row.judge.name.startswith("rubric_two")
    assert row.prompts == asked


def test_a_prompt_that_one_side_could_not_answer_is_compared_by_neither(
    sampled: Callable[..., Run], asked: Version, prompts: list[Prompt]
) -> None:
    one, other = sampled("sft", [GOOD]), sampled("rs", [POOR])
    sampling.write(other.directory / "output" / "sampled.jsonl", prompts[1:], [POOR])
    evaluated(asked, {"checkpoint": policy(one).pk, "baseline": policy(other).pk})
    row = Evaluation.objects.get()
    assert (row.n, row.wins, row.failed) == (5, 5, 1)


def test_a_tie_counts_half(sampled: Callable[..., Run], asked: Version) -> None:
    one, other = (policy(sampled(name, [GOOD, POOR])) for name in ("one", "other"))
    evaluated(asked, {"checkpoint": one.pk, "baseline": other.pk})
    row = Evaluation.objects.get()
    assert (row.win_rate, row.ties) == (0.5, 6)


def test_a_control_is_marked_as_one(sampled: Callable[..., Run], asked: Version) -> None:
    control = policy(sampled("control", [GOOD]))
    evaluated(asked, {"checkpoint": control.pk, "control": True})
    assert Evaluation.objects.get().is_control


def test_greedy_decoding_stands_beside_sampling(sampled: Callable[..., Run], asked: Version) -> None:
    sft = policy(sampled("sft", [POOR, POOR], greedy=GOOD))
    evaluated(asked, {"checkpoint": sft.pk})
    greedy, sampling = (Evaluation.objects.get(decoding=decoding).score for decoding in ("greedy", "sampled"))
    assert greedy
    assert greedy > (sampling or 0)


def test_evaluating_again_writes_no_second_row(sampled: Callable[..., Run], asked: Version) -> None:
    sft = policy(sampled("sft", [GOOD]))
    run = evaluated(asked, {"checkpoint": sft.pk})
    Run.objects.filter(pk=run.pk).update(state="queued")
    ended(run)
    assert Evaluation.objects.count() == 1


def test_a_checkpoint_without_responses_says_what_to_do(asked: Version, make_checkpoint: MakeCheckpoint) -> None:
    run = evaluated(asked, {"checkpoint": make_checkpoint().pk})
    assert run.state == "failed"
    assert "Sample them first" in run.error


def test_a_judge_of_pairs_grades_one_pair_of_each_prompt(
    sampled: Callable[..., Run], asked: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    sft, rs = (policy(sampled(name, texts)) for name, texts in (("sft", [POOR, GOOD]), ("rs", [GOOD])))
    # The program stands in for a model that reads pairs: it grades them all the same.
    monkeypatch.setattr("training.evaluation.held_out.is_program", lambda judge: False)
    run = evaluated(asked, {"checkpoint": rs.pk, "baseline": sft.pk}, judge="rubric_one")
    assert run.state == "succeeded", run.error
    row = Evaluation.objects.get()
    assert (row.protocol, row.n, row.score) == ("grades", 6, None)
    assert row.win_rate
    assert row.win_rate > 0.8


def test_responses_to_other_prompts_are_no_part_of_it(
    asked: Version, prompts: list[Prompt], make_checkpoint: MakeCheckpoint
) -> None:
    sft = make_checkpoint("sft")
    rows = [{"prompt_id": prompt.pk, "prompt": prompt.messages} for prompt in prompts[:2]]
    other = versions.freeze_rows("other", "prompts", rows, {})
    draws = [{"name": "trial", "prompts": "held_out"}, {"name": "pairs", "prompts": "prompts"}]
    inputs = {"held_out": other, "prompts": asked}
    run = launching.launch("sample", {"draws": draws}, checkpoint=sft, inputs=inputs)
    output = run.directory / "output"
    output.mkdir(parents=True)
    sampling.write(output / "trial.jsonl", prompts[:2], [GOOD])
    sampling.write(output / "pairs.jsonl", prompts, [POOR, POOR])
    Run.objects.filter(pk=run.pk).update(state="succeeded")
    assert samples.responses_by(sft, other, "sampled") == {prompt.pk: [GOOD] for prompt in prompts[:2]}


def test_an_evaluation_says_what_its_judge_cost(compared: dict[str, Any], asked: Version, endpoint: Endpoint) -> None:
    run = evaluated(asked, compared, judge="xwin_pair")
    assert run.state == "succeeded", run.error
    row = Evaluation.objects.get()
    assert (row.protocol, row.win_rate, row.n, row.wins, row.failed) == ("grades", 1.0, 6, 6, 0)
    assert (len(endpoint.asked), run.result["calls"]) == (12, 12)
    assert run.result["price"] == pytest.approx(12 * PRICE)
    assert set(JudgeCall.objects.values_list("asked_for", flat=True)) == {f"run {run.pk}"}
    assert {pair.metadata["baseline"] for pair in Pair.objects.all()} == {"poor"}


def test_an_evaluation_pauses_at_its_budget_and_with_a_higher_one_pays_only_for_the_rest(
    compared: dict[str, Any], asked: Version, endpoint: Endpoint
) -> None:
    # A call under way is reckoned with a full answer: 700 tokens, 2.1 cents.
    run = evaluated(asked, compared, judge="xwin_pair", budget=0.03)
    paid = len(endpoint.asked)
    assert run.state == "cancelled" and run.error.startswith("The budget of $0.03 is spent: ")
    assert 0 < paid < 12 and run.result["out_of_budget"] and run.result["price"] == pytest.approx(paid * PRICE)
    assert not Evaluation.objects.exists()
    assert launching.resume(run, budget=1.0)
    run = ended(run)
    assert (run.state, len(endpoint.asked), run.result["calls"]) == ("succeeded", 12, 12)
    assert Evaluation.objects.get().n == 6


def test_the_budget_holds_for_all_comparisons_of_an_evaluation_together(
    compared: dict[str, Any], sampled: Callable[..., Run], asked: Version, endpoint: Endpoint
) -> None:
    other = policy(sampled("other", [f"A {GOOD}"]))
    run = evaluated(asked, compared, compared | {"checkpoint": other.pk}, judge="xwin_pair", budget=0.04)
    assert (run.state, Evaluation.objects.count()) == ("cancelled", 1)
    assert 12 < len(endpoint.asked) < 24 and len(endpoint.asked) * PRICE <= 0.04


def test_progress_is_one_whole_over_all_comparisons(
    compared: dict[str, Any], sampled: Callable[..., Run], asked: Version, endpoint: Endpoint, reported: Reported
) -> None:
    other = policy(sampled("other", [f"A {GOOD}"]))
    run = evaluated(asked, compared, compared | {"checkpoint": other.pk}, judge="xwin_pair")
    assert (run.state, run.done) == ("succeeded", 12)
    assert reported[0][0] == 0 and reported == sorted(reported)
    assert {(total, unit) for _, total, unit in reported} == {(12, "pairs")}


def test_a_program_goes_through_the_prompts_of_all_comparisons(
    compared: dict[str, Any], asked: Version, reported: Reported
) -> None:
    evaluated(asked, compared, {"checkpoint": compared["checkpoint"]})
    assert reported == [(0, 12, "prompts"), (6, 12, "prompts"), (12, 12, "prompts")]


def test_an_evaluation_that_was_stopped_asks_nothing_twice(
    compared: dict[str, Any], asked: Version, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint.slow = [0.0] * 4 + [0.2] * 8
    with monkeypatch.context() as wish:
        wish.setattr("training.worker.renewal.Renewal.must_stop", property(lambda renewal: Judgment.objects.exists()))
        run = evaluated(asked, compared, judge="xwin_pair")
    assert run.state == "cancelled"
    launching.resume(run)
    assert ended(run).state == "succeeded"
    assert len(endpoint.asked) == 12 == JudgeCall.objects.count()


def test_answers_that_a_dying_worker_heard_and_did_not_store_are_paid_for_once(
    compared: dict[str, Any], asked: Version, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"judge": "xwin_pair", "comparisons": [compared]}
    run = launching.launch("evaluate", settings, inputs={"prompts": asked})
    with monkeypatch.context() as dies, pytest.raises(MemoryError):
        dies.setattr(chat_pairs.PairJudging, "take", Mock(side_effect=MemoryError))
        ended(run)
    assert not JudgeCall.objects.exists() and len(endpoint.asked) == 12
    Run.objects.filter(pk=run.pk).update(state="queued")
    assert ended(run).state == "succeeded"
    assert (len(endpoint.asked), run.result["calls"]) == (12, 12)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"judge": "xwin_pair"}, "judge: No key for the judge's endpoint: set OPENAI_API_KEY"),
        ({"budget": 1.0}, "budget: .* names no price, so no budget can be kept"),
        ({"judge": "xwin_pair", "baseline": None}, "comparisons: .* choose a baseline for each checkpoint"),
        ({"checkpoint": 4711}, "comparisons: There is no checkpoint 4711"),
    ],
)
def test_what_no_worker_can_do_is_refused_at_the_launch(
    compared: dict[str, Any], asked: Version, change: dict[str, Any], match: str
) -> None:
    sides = {name: value for name, value in change.items() if name in compared}
    others = {name: value for name, value in change.items() if name not in compared}
    with pytest.raises(FormInvalid, match=match):
        evaluated(asked, compared | sides, **others)
    assert not Run.objects.filter(kind="evaluate").exists()
