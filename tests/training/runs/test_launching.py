"""A launch checks everything before it makes anything, and its message is sent when the run is committed."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from annotation.datasets import versions
from annotation.models import Prompt, Version
from training.models import Checkpoint, Run
from training.runs import launching
from training.runs.forms import FormInvalid
from training.runs.names import RunOutput

pytestmark = pytest.mark.django_db
pytestmark = pytest.mark.django_db
Sent = list[tuple[str, tuple[int, ...], str]]
Make = Callable[..., Checkpoint]


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Messages to the broker: task, arguments, queue."""
    messages: Sent = []

    class Message:
        def __init__(self, task: str, args: tuple[int, ...], queue: str) -> None:
            self.message = task, args, queue

        def apply_async(self) -> None:
            messages.append(self.message)

    monkeypatch.setattr(launching, "signature", Message)
    return messages


def refused(kind: str, settings: dict[str, Any] | None = None, **given: Any) -> dict[str, str]:
    """What is wrong with a launch, by field; it makes nothing."""
    with pytest.raises(FormInvalid) as caught:
        launching.launch(kind, settings or {}, **given)
    assert not Run.objects.exists()
    return caught.value.errors


def test_a_run_is_sent_to_its_queue_when_it_is_committed(
    corpus: Version, sent: Sent, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        run = launching.launch("create", {"seed": 5}, inputs={"corpus": corpus})
        assert sent == []
    assert sent == [("training.tasks.execute", (run.pk,), "gpu")]
    assert (run.state, run.seed, run.name) == ("queued", 5, "New model from corpus v1")
    assert [row.name for row in run.run_versions.all()] == ["corpus"]


def test_a_recipe_is_sent_to_what_leads_it_also_where_it_is_cancelled_or_resumed(
    sent: Sent, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        recipe = launching.launch("recipe", {"recipe": "xwin", "scale": "trial"})
        assert launching.cancel(recipe) and not launching.cancel(recipe)
        assert launching.resume(recipe) and not launching.resume(recipe)
    assert sent == [("training.tasks.advance", (recipe.pk,), "cpu")] * 3


def test_all_that_is_wrong_is_said_at_once(corpus: Version, asked: Version, make_checkpoint: Make) -> None:
    given = {"train": asked, "extra": corpus}
    found = refused("dpo", {"beta": -1}, checkpoint=make_checkpoint(kind="reward"), inputs=given)
    assert found == {
        "beta": "-1 is not above 0, at most 100.",
        "checkpoint": "tiny is a reward checkpoint; it needs a policy one.",
        "inputs.train": "asked v1 is of kind prompts; it needs one of kind preferences.",
        "inputs.extra": "There is no such input; it reads train, train_2 to train_16.",
    }


def test_a_mixture_is_of_different_datasets_each_with_its_share(pairs: Version, make_checkpoint: Make) -> None:
    twice = {"train": pairs, "train_2": pairs}
    found = refused("dpo", {"shares": [1]}, checkpoint=make_checkpoint(), inputs=twice)
    assert found == {
        "shares": "Give 2, one for each dataset, or none; there are 1.",
        "inputs.train_2": f"{pairs} is given twice. Give it once, with a larger share.",
    }


def test_a_run_records_every_dataset_that_it_learns_from(
    corpus: Version, prompts: list[Prompt], make_checkpoint: Make
) -> None:
    rows = [{"prompt_id": prompt.pk, "prompt": prompt.messages, "response": "Dog."} for prompt in prompts]
    given = {"train": corpus, "train_2": versions.freeze_rows("more", "demonstrations", rows, {})}
    run = launching.launch("sft", {"shares": [3, 1]}, checkpoint=make_checkpoint(), inputs=given)
    assert {row.name: row.version for row in run.run_versions.all()} == given
    assert list(run.spec["settings"]["shares"]) == [3.0, 1.0]


def test_a_kind_that_makes_a_model_from_nothing_takes_no_checkpoint(corpus: Version, make_checkpoint: Make) -> None:
    found = refused("create", checkpoint=make_checkpoint(), inputs={"corpus": corpus})
    assert found == {"checkpoint": "This kind of run starts from none."}


def test_what_a_sampling_run_reads_is_what_its_draws_name(asked: Version, make_checkpoint: Make) -> None:
    draws = [{"name": "a", "prompts": "held_out"}, {"name": "b", "prompts": "train"}]
    found = refused("sample", {"draws": draws}, checkpoint=make_checkpoint(), inputs={"train": asked})
    assert found == {"inputs.held_out": "Give a version of kind prompts."}


def test_a_file_of_another_run_is_an_input_too(make_checkpoint: Make) -> None:
    files = {"responses": RunOutput(7, "set.jsonl")}
    run = launching.launch("score", {}, checkpoint=make_checkpoint(kind="reward"), inputs=files)
    assert run.spec["outputs"] == {"responses": {"run": 7, "file": "set.jsonl"}}
    assert (run.name, run.run_versions.count()) == ("tiny scores set of run 7", 0)


def test_finetuning_keeps_the_chat_template_of_its_checkpoint(
    corpus: Version, make_checkpoint: Make, make_run: Callable[..., Run]
) -> None:
    made = make_checkpoint(run=make_run(), template="vicuna")
    asked: dict[str, Any] = {"checkpoint": made, "inputs": {"train": corpus}}
    assert launching.launch("sft", {}, **asked).spec["settings"]["template"] == "own"
    with pytest.raises(FormInvalid, match="Choose own; or set replace_template"):
        launching.launch("sft", {"template": "openchat"}, **asked)
    replaced = launching.launch("sft", {"template": "openchat", "replace_template": True}, **asked)
    assert replaced.spec["settings"]["template"] == "openchat"


@pytest.mark.parametrize(("budget", "stands"), [(None, 1.0), (2.5, 2.5), (0.0, 0.0)])
def test_a_run_goes_on_with_the_budget_that_is_given(
    make_run: Callable[..., Run], settings: Any, budget: float | None, stands: float
) -> None:
    settings.OPENAI_API_KEY = "sk-test"
    told = {"judge": "xwin_pair", "collection": "toys", "budget": 1.0}
    run = make_run(kind="judge", queue="judge", state="cancelled", spec={"settings": told})
    assert launching.resume(run, budget)
    run.refresh_from_db()
    assert (run.state, run.spec["settings"]["budget"]) == ("queued", stands)


def test_a_budget_changes_no_run_that_is_not_resumed(make_run: Callable[..., Run]) -> None:
    run = make_run(kind="judge", state="succeeded", spec={"settings": {"budget": 1.0}})
    assert not launching.resume(run, budget=5.0)
    run.refresh_from_db()
    assert run.spec["settings"]["budget"] == 1.0


@pytest.fixture
def pairs(corpus: Version) -> Version:
    Version.objects.filter(pk=corpus.pk).update(kind="preferences")
    corpus.refresh_from_db()
    return corpus


def test_dpo_is_held_against_the_policy_that_somebody_chose(pairs: Version, make_checkpoint: Make) -> None:
    base, against, rater = make_checkpoint("base"), make_checkpoint("against"), make_checkpoint("rater", "reward")
    given: dict[str, Any] = {"checkpoint": base, "inputs": {"train": pairs}}
    assert refused("dpo", **given, reference=rater) == {
        "reference": "rater is a reward checkpoint; it needs a policy one."
    }
    assert refused("dpo", {"losses": ["simpo"]}, **given, reference=against) == {
        "reference": "simpo asks no reference; leave it"
    }
    assert launching.launch("dpo", {}, **given, reference=against).reference == against


def test_what_compares_with_nothing_takes_no_reference(corpus: Version, make_checkpoint: Make) -> None:
    given: dict[str, Any] = {
        "checkpoint": make_checkpoint(),
        "reference": make_checkpoint("b"),
        "inputs": {"train": corpus},
    }
    assert refused("sft", **given) == {"reference": "This kind of run is held against none."}


def test_a_reference_that_is_shared_no_more_is_refused(pairs: Version, make_checkpoint: Make) -> None:
    given: dict[str, Any] = {"checkpoint": make_checkpoint(), "inputs": {"train": pairs}}
    gone = make_checkpoint("theirs", shared_by="Another")
    assert "no longer shares theirs" in refused("dpo", **given, reference=gone)["reference"]


def test_a_run_loads_several_checkpoints_besides_each_once_and_of_its_kind(make_checkpoint: Make) -> None:
    first, second, policy = make_checkpoint("a", "reward"), make_checkpoint("b", "reward"), make_checkpoint()
    theirs = make_checkpoint("theirs", "reward", shared_by="Another")
    given: dict[str, Any] = {"checkpoint": first, "inputs": {"responses": RunOutput(7, "set.jsonl")}}
    for loads, problem in (
        ({"reward_models": [policy]}, "tiny is a policy checkpoint; it needs a reward one."),
        ({"reward_models": [second, second]}, "Name each checkpoint once"),
        ({"reward_models": [first]}, "not the one that the run starts from"),
        ({"reward_models": [theirs]}, "no longer shares theirs"),
        ({"critics": [second]}, "There is no such role; there is reward_models."),
    ):
        ((name, said),) = refused("score", **given, loads=loads).items()
        assert name.startswith("loads.") and problem in said
    run = launching.launch("score", {}, **given, loads={"reward_models": [second]})
    assert [(row.role, row.checkpoint) for row in run.run_checkpoints.all()] == [("reward_models", second)]


def test_what_learns_online_needs_a_reward_model_and_a_weight_for_each(asked: Version, make_checkpoint: Make) -> None:
    given: dict[str, Any] = {"checkpoint": make_checkpoint(), "inputs": {"train": asked}}
    assert refused("online", **given) == {"loads.reward_models": "Choose 1 reward checkpoint at least."}
    loads = {"reward_models": [make_checkpoint(name, kind="reward") for name in ("one", "two")]}
    assert refused("online", {"reward_weights": [1.0]}, **given, loads=loads) == {
        "reward_weights": "Give 2, one for each checkpoint, or none; there are 1."
    }
    run = launching.launch("online", {"reward_weights": [1.0, 0.0]}, **given, loads=loads)
    assert [row.checkpoint.name for row in run.run_checkpoints.all()] == ["one", "two"]


def test_a_merge_weighs_what_it_starts_from_too(make_checkpoint: Make) -> None:
    base, other = make_checkpoint(), make_checkpoint("other")
    given: dict[str, Any] = {"checkpoint": base, "loads": {"others": [other]}}
    assert refused("merge", {"weights": [1.0]}, **given) == {
        "weights": "Give 2, one for each checkpoint, or none; there are 1."
    }
    assert refused("merge", checkpoint=base) == {"loads.others": "Choose 1 policy checkpoint at least."}
    run = launching.launch("merge", {"weights": [2.0, 1.0]}, **given)
    assert run.name == "Mean of tiny and others"
    assert [row.checkpoint for row in run.run_checkpoints.all()] == [other]
