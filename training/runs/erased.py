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


@receiver(erasing)
def let_go(project: Project, **_: Any) -> None:
    """Their folders go with the commit. Raises EraseRefused while one of them is at work."""
    with inside(project.pk):
        if at_work := Run.objects.filter(state__in=Run.OPEN).order_by("pk").first():
            raise EraseRefused(f"The run “{at_work.name}” is {at_work.state}. Cancel it first.")
        runs = list(Run.objects.values_list("pk", flat=True))
    forget_moved(project)
    transaction.on_commit(partial(delete_folders, runs))


def forget_moved(project: Project) -> None:
    """What was found out in other projects about collections that were moved to this one since keeps its figures."""
    RunVersion._base_manager.filter(version__project=project).exclude(project=project).delete()
    BenchmarkVerdict._base_manager.filter(prompt__project=project).exclude(result__project=project).delete()
    results = BenchmarkResult._base_manager.filter(collection__project=project)
    results.exclude(project=project).update(collection=None)
    evaluations = Evaluation._base_manager.filter(prompts__project=project)
    evaluations.exclude(project=project).update(prompts=None)


def delete_folders(runs: list[int]) -> None:
    for run in runs:
        shutil.rmtree(settings.RUNS_DIR / str(run), ignore_errors=True)
