"""What becomes of runs whose project is erased."""

import shutil
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.dispatch import receiver

from studio.projects.erasing import EraseRefused, erasing
from studio.projects.models import Project
from studio.projects.scope import inside
from training.models import BenchmarkResult, BenchmarkVerdict, Evaluation, Run, RunVersion

# In the spec of a run: inputs that were erased, each with the name of its version.
ERASED_INPUTS = "erased_inputs"


@receiver(erasing)
def let_go(project: Project, **_: Any) -> None:
    """Their folders go with the commit. Raises EraseRefused while one that is its own or reads its data is at work."""
    with inside(project.pk):
        if at_work := Run.objects.filter(state__in=Run.OPEN).order_by("pk").first():
            raise EraseRefused(f"The run “{at_work.name}” is {at_work.state}. Cancel it first.")
        runs = list(Run.objects.values_list("pk", flat=True))
    let_go_of_versions(project)
    forget_moved(project)
    transaction.on_commit(partial(delete_folders, runs))


def let_go_of_versions(project: Project) -> None:
    """Runs of other projects on a version that was moved here, or shared by this one, keep only the name of it.

    Raises EraseRefused while one of them is at work: what it reads would be gone.
    """
    rows = RunVersion._base_manager.filter(version__project=project).exclude(project=project)
    read = rows.filter(role=RunVersion.Role.INPUT).select_related("run__project", "version").order_by("pk")
    if row := read.filter(run__state__in=Run.OPEN).first():
        raise EraseRefused(
            f"The run “{row.run.name}” of the project {row.run.project} is {row.run.state} and reads {row.version}, "
            "which is this project's. Cancel it there first, or wait until it ends."
        )
    gone: dict[int, dict[str, str]] = {}
    for row in read.filter(run__state__in=Run.RESUMABLE):
        gone.setdefault(row.run_id, {})[row.name] = str(row.version)
    for run in Run._base_manager.filter(pk__in=gone):
        run.spec[ERASED_INPUTS] = run.spec.get(ERASED_INPUTS, {}) | gone[run.pk]
        Run._base_manager.filter(pk=run.pk).update(spec=run.spec)
    rows.delete()


def forget_moved(project: Project) -> None:
    """What was found out in other projects about collections that were moved to this one since keeps its figures."""
    BenchmarkVerdict._base_manager.filter(prompt__project=project).exclude(result__project=project).delete()
    results = BenchmarkResult._base_manager.filter(collection__project=project)
    results.exclude(project=project).update(collection=None)
    evaluations = Evaluation._base_manager.filter(prompts__project=project)
    evaluations.exclude(project=project).update(prompts=None)


def delete_folders(runs: list[int]) -> None:
    for run in runs:
        shutil.rmtree(settings.RUNS_DIR / str(run), ignore_errors=True)
