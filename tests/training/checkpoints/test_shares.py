"""A checkpoint that is shared is used in another project, as one of that project whose files are elsewhere."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from annotation import sharing
from annotation.models import Author, Response
from studio.accounts.acts import projects
from studio.accounts.models import AuditEntry, Membership, User
from studio.accounts.roles import Role
from studio.projects.erasing import EraseRefused
from studio.projects.models import Project
from studio.projects.scope import everywhere, inside
from tests.annotation.making import prompt
from tests.frontend.machines import checkpoint, run, version
from tests.teams import team_b
from training.checkpoints import model_server
from training.checkpoints.shares import usable
from training.models import Checkpoint, CheckpointShare
from training.rundir import RunDir
from training.runs import launching
from training.runs.forms import FormInvalid
from training.runs.ingest import store_responses
from training.worker import preparation

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(lea: User) -> Project:
    return team_b(lea)


@pytest.fixture
def shared(other: Project, lea: User) -> CheckpointShare:
    ours = checkpoint("ours", run=run(state="succeeded"), path="7/output", digest="d1", notes="Secret.", parameters=9)
    return sharing.share(CheckpointShare, ours, other, lea)


@pytest.fixture
def there(shared: CheckpointShare, other: Project) -> Checkpoint:
    """As the other project has it."""
    with inside(other.pk):
        return Checkpoint.objects.get()


@pytest.fixture
def _unsent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "enqueue", lambda run: None)


def end(shared: CheckpointShare, lea: User, other: Project) -> None:
    with inside(Project.objects.get(slug="tests").pk):
        sharing.end(shared, lea)


def test_it_is_there_with_its_weights_and_without_its_history(shared: CheckpointShare, there: Checkpoint) -> None:
    ours = shared.checkpoint
    assert (there.name, there.digest, there.parameters, there.folder) == ("ours", "d1", 9, ours.folder)
    assert (there.run, there.base, there.notes, there.shared_by) == (None, None, "", "Tests")
    assert there.author.project_id == there.project_id and there.author != ours.author


def test_nobody_else_has_it(shared: CheckpointShare) -> None:
    with inside(Project.objects.create(slug="third", name="Third").pk):
        assert not Checkpoint.objects.exists() and not CheckpointShare.objects.exists()


@pytest.mark.parametrize(
    "taken", [lambda: checkpoint("ours"), lambda: Author.objects.create(kind="model", name="ours")]
)
def test_it_takes_no_name_of_that_project(other: Project, lea: User, taken: Callable[[], object]) -> None:
    ours = checkpoint("ours")
    with inside(other.pk):
        taken()
    sharing.share(CheckpointShare, ours, other, lea)
    with inside(other.pk):
        assert Checkpoint.objects.get(original=ours).name == "ours (Tests)"


def test_what_another_project_shares_is_not_shared_on(there: Checkpoint, other: Project, lea: User) -> None:
    third = Project.objects.create(slug="third", name="Third")
    Membership.objects.create(user=lea, project=third, role=Role.LEAD)
    with inside(other.pk), pytest.raises(PermissionDenied, match="only that project"):
        sharing.share(CheckpointShare, there, third, lea)


def test_it_needs_the_right_in_both_projects(other: Project, lea: User) -> None:
    Membership.objects.filter(project=other).update(role=Role.ANNOTATOR)
    with pytest.raises(PermissionDenied, match="share a checkpoint"):
        sharing.share(CheckpointShare, checkpoint(), other, lea)


def test_both_projects_keep_a_record(shared: CheckpointShare, other: Project) -> None:
    assert AuditEntry.objects.get().words == "lea shared ours with the project Team B"
    with inside(other.pk):
        assert AuditEntry.objects.get().words == "The project Tests shared ours here"


def test_training_starts_from_it_by_a_link_that_tells_nobody_where_it_is(
    _unsent: None, there: Checkpoint, other: Project, lea: User
) -> None:
    with inside(other.pk):
        data = version([prompt()], "demonstrations")
        made = launching.launch("sft", {}, checkpoint=there, inputs={"train": data}, by=lea)
        directory = RunDir(made.directory)
        directory.path.mkdir(parents=True)
        with pytest.raises(preparation.PreparationFailed, match="Ask Tests"):
            preparation.weights_of(there, made, directory, "base")
        there.folder.mkdir(parents=True)
        for _ in range(2):
            assert made.project == other and preparation.weights_of(there, made, directory, "base") == "base"
        assert (directory.path / "base").readlink() == Path("../7/output")


def test_its_answers_are_that_projects_own(
    shared: CheckpointShare, there: Checkpoint, other: Project, tmp_path: Path
) -> None:
    with inside(other.pk):
        asked = prompt()
        sampled = run("sample", checkpoint=there)
        file = tmp_path / "a.jsonl"
        file.write_text(f'{{"prompt_id": {asked.pk}, "response": "Two."}}\n')
        store_responses(sampled, file, {"name": "a", "temperature": 0.7, "top_p": 1.0})
        assert Response.objects.get().author == there.author
    assert not Response.objects.exists()


def test_an_ended_one_is_not_used_and_a_run_is_not_resumed_on_it(
    _unsent: None, shared: CheckpointShare, there: Checkpoint, other: Project, lea: User
) -> None:
    with inside(other.pk):
        failed = run("sft", state="failed", spec={"settings": {}}, checkpoint=there)
        data = version([prompt()], "demonstrations")
    end(shared, lea, other)
    with inside(other.pk):
        assert not usable().exists() and Checkpoint.objects.get() == there
        with pytest.raises(FormInvalid, match="no longer shares"):
            launching.resume(failed)
        with pytest.raises(FormInvalid, match="no longer shares"):
            launching.launch("sft", {}, checkpoint=there, inputs={"train": data}, by=lea)
        with pytest.raises(preparation.PreparationFailed, match="no longer shares"):
            preparation.weights_of(there, failed, RunDir(failed.directory), "base")


def test_where_nothing_was_made_with_it_nothing_stays(
    shared: CheckpointShare, there: Checkpoint, other: Project, lea: User
) -> None:
    end(shared, lea, other)
    with inside(other.pk):
        assert not Checkpoint.objects.exists() and not Author.objects.exists()


def test_shared_again_it_is_the_same_one(
    shared: CheckpointShare, there: Checkpoint, other: Project, lea: User
) -> None:
    with inside(other.pk):
        run("sft", checkpoint=there)
    end(shared, lea, other)
    sharing.share(CheckpointShare, shared.checkpoint, other, lea)
    with inside(other.pk):
        assert usable().get() == there


def test_an_evaluation_names_it_while_it_is_shared(
    there: Checkpoint, shared: CheckpointShare, lea: User, other: Project
) -> None:
    settings = {"judge": "xwin_pair", "comparisons": [{"checkpoint": there.pk, "baseline": there.pk}]}
    with inside(other.pk):
        run("sft", checkpoint=there)
        assert "comparisons" not in launching.checked("evaluate", settings, None, {})[1]
    end(shared, lea, other)
    with inside(other.pk):
        assert "no checkpoint" in launching.checked("evaluate", settings, None, {})[1]["comparisons"]


def test_a_model_server_elsewhere_knows_it_by_its_owners_name(there: Checkpoint, settings: object) -> None:
    Checkpoint._base_manager.filter(pk=there.pk).update(name="ours (Tests)")
    settings.MODELS_URL = "https://models.example"  # type: ignore[attr-defined]
    found = Checkpoint._base_manager.select_related("original").get(pk=there.pk)
    assert model_server.model_name(found) == "ours"


def test_the_owner_is_not_erased_under_a_run_that_uses_it(there: Checkpoint, other: Project, ada: User) -> None:
    with inside(other.pk):
        run("sft", name="Theirs at work", state="queued", checkpoint=there)
    with pytest.raises(EraseRefused, match="“Theirs at work” of the project Team B"):
        projects.erase(ada, Project.objects.get(slug="tests"), "tests")


def test_who_had_it_is_told_that_the_owner_was_deleted(there: Checkpoint, other: Project, ada: User) -> None:
    projects.erase(ada, Project.objects.get(slug="tests"), "tests")
    with inside(other.pk):
        told = AuditEntry.objects.order_by("-pk")[0].words
    assert told == "The project Tests was deleted, and no longer shares ours here"


@pytest.mark.parametrize("erased", ["tests", "other"])
def test_either_project_can_be_erased(
    shared: CheckpointShare, there: Checkpoint, other: Project, ada: User, erased: str
) -> None:
    with inside(other.pk):
        run("sft", state="succeeded", checkpoint=there)
    projects.erase(ada, Project.objects.get(slug=erased), erased)
    connection.check_constraints()
    with everywhere():
        assert not CheckpointShare.objects.exists()
        left = Checkpoint.objects.get()
    assert left == (there if erased == "tests" else shared.checkpoint)
    with inside(left.project_id):
        assert usable().exists() == (erased == "other")
