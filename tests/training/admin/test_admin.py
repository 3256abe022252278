"""The admin lists, shows, and launches runs."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotation.models import Author, Version
from studio.accounts.models import User
from studio.projects.models import Project
from studio.projects.scope import inside
from training.models import Checkpoint, CheckpointShare, Evaluation, Metric, Run, Worker
from training.runs import launching
from training.runs.kinds import launched_by_form
from training.worker import transitions

SignIn = Callable[[User], Client]
MakeRun = Callable[..., Run]
NOUNS = ["run", "checkpoint", "checkpointshare", "evaluation", "metric", "worker"]


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    ids: list[int] = []
    monkeypatch.setattr(launching, "enqueue", lambda run: ids.append(run.pk))
    return ids


@pytest.fixture
def everything(
    make_run: MakeRun, make_checkpoint: Callable[..., Checkpoint], asked: Version, ada: User
) -> dict[str, Any]:
    """One row of every noun."""
    run = make_run(total=10, started_at=timezone.now())
    judge = Author.objects.create(kind="judge", name="rubric")
    checkpoint = make_checkpoint(run=run)
    shared = {"run": run, "checkpoint": checkpoint, "judge": judge, "prompts": asked, "decoding": "greedy"}
    return {
        "run": run,
        "checkpoint": checkpoint,
        "checkpointshare": CheckpointShare.objects.create(checkpoint=checkpoint, by=ada),
        "evaluation": Evaluation.objects.create(n=3, **shared),
        "metric": Metric.objects.create(run=run, name="loss", step=1, value=0.5),
        "worker": Worker.objects.create(name="gpu@here", queue="gpu", last_seen_at=timezone.now()),
    }


@pytest.mark.parametrize("noun", NOUNS)
def test_every_noun_is_listed_found_and_shown(
    signed_in: SignIn, ada: User, everything: dict[str, Any], noun: str
) -> None:
    client = signed_in(ada)
    listed = reverse(f"admin:training_{noun}_changelist")
    assert client.get(listed).status_code == 200
    assert client.get(f"{listed}?q=zebra").status_code == 200
    assert client.get(reverse(f"admin:training_{noun}_change", args=[everything[noun].pk])).status_code == 200


@pytest.mark.parametrize("noun", NOUNS)
def test_an_engineer_without_staff_rights_stays_outside(signed_in: SignIn, eli: User, noun: str) -> None:
    assert signed_in(eli).get(reverse(f"admin:training_{noun}_changelist")).status_code == 302


def test_history_cannot_be_edited(signed_in: SignIn, ada: User, everything: dict[str, Any]) -> None:
    client = signed_in(ada)
    page = reverse("admin:training_run_change", args=[everything["run"].pk])
    assert client.post(page, {"state": "succeeded"}).status_code == 403
    assert client.post(reverse("admin:training_run_delete", args=[everything["run"].pk])).status_code == 403


@pytest.mark.parametrize("kind", launched_by_form())
def test_every_kind_has_its_form(signed_in: SignIn, ada: User, kind: str) -> None:
    page = signed_in(ada).get(reverse("admin:training_run_launch", args=[kind]))
    assert page.status_code == 200
    assert b"csrfmiddlewaretoken" in page.content


def test_a_launch_sent_empty_says_what_is_missing(signed_in: SignIn, ada: User) -> None:
    answer = signed_in(ada).post("/admin/training/run/launch/create/")
    assert answer.status_code == 200 and "This field is required" in answer.content.decode()


def test_a_request_that_names_an_empty_field_is_answered(
    signed_in: SignIn, ada: User, everything: dict[str, Any]
) -> None:
    address = reverse("admin:training_evaluation_change", args=[everything["evaluation"].pk])
    assert signed_in(ada).get(address, {"_to_field": ""}).status_code == 200


def test_a_reward_model_is_trained_on_a_version_by_two_presses(
    signed_in: SignIn, ada: User, corpus: Version, make_checkpoint: Callable[..., Checkpoint], sent: list[int]
) -> None:
    client, base = signed_in(ada), make_checkpoint()
    action = reverse("admin:annotation_version_sft", args=[corpus.pk])
    opened = client.get(action, follow=True)
    assert f'value="{corpus.pk}" selected' in opened.content.decode()
    form = {"checkpoint": base.pk, "input_train": corpus.pk, "epochs": "2", "gpus": "0", "precision": "fp32"}
    answer = client.post(opened.redirect_chain[-1][0], form)
    run = Run.objects.get()
    assert answer["location"] == reverse("admin:training_run_change", args=[run.pk])
    assert (run.kind, run.requested_by, run.spec["settings"]["epochs"]) == ("sft", ada, 2.0)
    # A box without its tick is not sent.
    assert run.spec["settings"]["gradient_checkpointing"] is False
    assert sent == [run.pk]


def test_what_is_wrong_is_said_at_its_field(
    signed_in: SignIn, ada: User, corpus: Version, make_checkpoint: Callable[..., Checkpoint]
) -> None:
    form = {"checkpoint": make_checkpoint().pk, "input_train": corpus.pk, "epochs": "-3"}
    page = signed_in(ada).post(reverse("admin:training_run_launch", args=["sft"]), form)
    assert page.status_code == 200
    assert "epochs" in page.context["form"].errors
    assert not Run.objects.exists()


def test_a_checkpoint_is_sampled_from(
    signed_in: SignIn, ada: User, asked: Version, make_checkpoint: Callable[..., Checkpoint]
) -> None:
    client, policy = signed_in(ada), make_checkpoint()
    opened = client.get(reverse("admin:training_checkpoint_sample", args=[policy.pk]), follow=True)
    form = {"checkpoint": policy.pk, "input_prompts": asked.pk, "draws": '[{"n": 64}]'}
    client.post(opened.redirect_chain[-1][0], form)
    assert Run.objects.get().spec["settings"]["draws"][0]["n"] == 64


def test_a_run_belongs_where_its_inputs_do_and_reads_of_one_project_only(
    signed_in: SignIn, ada: User, asked: Version, make_checkpoint: Callable[..., Checkpoint]
) -> None:
    client, policy, other = signed_in(ada), make_checkpoint(), Project.objects.create(slug="other")
    form = {"checkpoint": policy.pk, "input_prompts": asked.pk, "draws": '[{"n": 64}]'}
    launch = reverse("admin:training_run_launch", args=["sample"])
    Checkpoint.objects.update(project=other)
    assert b"of different projects" in client.post(launch, form).content and not Run.objects.exists()
    Version.objects.update(project=other)
    assert client.post(launch, form).status_code == 302
    with inside(other.pk):
        assert Run.objects.get().run_versions.exists()


def test_runs_are_cancelled_and_resumed(signed_in: SignIn, ada: User, make_run: MakeRun, sent: list[int]) -> None:
    client, run = signed_in(ada), make_run()
    client.get(reverse("admin:training_run_cancel", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == "cancelled"
    chosen = {"action": "resume_chosen", "_selected_action": [run.pk]}
    client.post(reverse("admin:training_run_changelist"), chosen)
    run.refresh_from_db()
    assert run.state == "queued"
    assert sent == [run.pk]


def test_the_admin_says_why_a_run_is_not_resumed(
    signed_in: SignIn, ada: User, make_run: MakeRun, sent: list[int], settings: Any
) -> None:
    settings.OPENAI_API_KEY = ""
    asked = {"settings": {"judge": "xwin_pair", "collection": "toys"}}
    run, other = make_run(kind="judge", state="failed", spec=asked), make_run(state="failed")
    client, chosen = signed_in(ada), {"action": "resume_chosen", "_selected_action": [run.pk, other.pk]}
    page = client.post(reverse("admin:training_run_changelist"), chosen, follow=True).content.decode()
    assert (
        "A run is not resumed." in page and "set OPENAI_API_KEY" in page and "Back in the queue: 1 of 2 runs." in page
    )
    page = client.get(reverse("admin:training_run_resume", args=[run.pk]), follow=True).content.decode()
    assert "set OPENAI_API_KEY" in page
    assert (Run.objects.get(pk=run.pk).state, sent) == ("failed", [other.pk])


def test_a_staff_member_who_may_not_train_launches_nothing(signed_in: SignIn, lea: User, make_run: MakeRun) -> None:
    User.objects.filter(pk=lea.pk).update(is_staff=True)
    client, run = signed_in(lea), make_run()
    transitions.claim(run.pk, "w1")
    assert client.get(reverse("admin:training_run_launch", args=["sft"])).status_code == 302
    assert client.get(reverse("admin:training_run_cancel", args=[run.pk])).status_code in (302, 403)
    run.refresh_from_db()
    assert run.cancel_requested_at is None


@pytest.mark.parametrize("rows", [1, 10])
def test_the_list_of_runs_costs_the_same_for_every_length(
    signed_in: SignIn, ada: User, make_run: MakeRun, rows: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(rows):
        make_run()
    client = signed_in(ada)
    with django_assert_max_num_queries(9):
        client.get(reverse("admin:training_run_changelist"))
