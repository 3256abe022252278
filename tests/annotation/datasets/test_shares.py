"""A version that is shared is read in another project, and nothing of how it came about is."""

import pytest

from annotation import sharing
from annotation.datasets import versions
from annotation.datasets.shares import readable
from annotation.models import Version, VersionShare
from annotation.moves.move import move
from annotation.moves.preview import Asked
from studio.accounts.acts import projects
from studio.accounts.models import User
from studio.projects.erasing import EraseRefused
from studio.projects.models import Project
from studio.projects.scope import inside
from tests.annotation.making import collection, prompt
from tests.frontend.machines import run, version
from tests.teams import team_b
from training.models import Run, RunVersion
from training.runs import launching
from training.runs.forms import FormInvalid

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(lea: User) -> Project:
    return team_b(lea)


@pytest.fixture
def ours(other: Project) -> Version:
    return version([prompt()], "demonstrations", name="ours")


@pytest.fixture
def shared(ours: Version, other: Project, lea: User) -> VersionShare:
    return sharing.share(VersionShare, ours, other, lea)


def test_it_is_readable_there_and_no_version_of_that_project(shared: VersionShare, other: Project) -> None:
    with inside(other.pk):
        assert readable().get() == shared.version and not Version.objects.exists()
        assert len(list(versions.records(shared.version))) == 1


def test_nobody_else_reads_it(shared: VersionShare) -> None:
    with inside(Project.objects.create(slug="third", name="Third").pk):
        assert not readable().exists() and not VersionShare.objects.exists()


def test_once_it_is_ended_nobody_reads_it(shared: VersionShare, other: Project, lea: User) -> None:
    sharing.end(shared, lea)
    with inside(other.pk):
        assert not readable().exists()


def test_training_reads_it(shared: VersionShare, other: Project, lea: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "enqueue", lambda run: None)
    with inside(other.pk):
        made = launching.launch("create", {}, inputs={"corpus": shared.version}, by=lea)
        assert made.project == other and made.versions.through.objects.get().version == shared.version


def test_what_writes_about_prompts_does_not_read_it(other: Project, lea: User) -> None:
    asked = sharing.share(VersionShare, version([prompt()], name="asked"), other, lea).version
    with inside(other.pk), pytest.raises(FormInvalid, match="only training reads it"):
        launching.launch("evaluate", {}, inputs={"prompts": asked}, by=lea)


def test_a_run_is_not_resumed_on_what_is_shared_no_more(shared: VersionShare, other: Project, lea: User) -> None:
    with inside(other.pk):
        failed = run("create", state="failed", spec={"settings": {}})
        RunVersion.objects.create(run=failed, version=shared.version, role="input", name="corpus")
    sharing.end(shared, lea)
    with inside(other.pk), pytest.raises(FormInvalid, match="no longer shared"):
        launching.resume(failed)


def test_a_version_that_moves_there_is_shared_no_more(shared: VersionShare, other: Project, lea: User) -> None:
    move(Asked(collection(), other, "moved"), lea)
    with inside(other.pk):
        assert Version.objects.get() == shared.version and not VersionShare.objects.exists()


def reading(shared: VersionShare, state: str) -> Run:
    made = run("create", state=state, spec={"settings": {}})
    RunVersion.objects.create(run=made, version=shared.version, role="input", name="corpus")
    return made


def test_the_owner_is_not_erased_under_a_run_that_reads_it(shared: VersionShare, other: Project, ada: User) -> None:
    with inside(other.pk):
        reading(shared, "queued")
    with pytest.raises(EraseRefused, match="of the project Team B is queued and reads ours v1"):
        projects.erase(ada, Project.objects.get(slug="tests"), "tests")


def test_a_run_is_not_resumed_on_what_was_erased(shared: VersionShare, other: Project, ada: User) -> None:
    with inside(other.pk):
        failed = reading(shared, "failed")
    projects.erase(ada, Project.objects.get(slug="tests"), "tests")
    failed.refresh_from_db()
    with inside(other.pk), pytest.raises(FormInvalid, match="ours v1 was erased with its project"):
        launching.resume(failed)
