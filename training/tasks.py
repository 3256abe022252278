"""What the workers and the scheduler do for runs. Shallow: each calls one verb."""

from contextlib import ExitStack

from celery import current_task, shared_task

from studio.celery import app
from studio.projects.scope import inside
from training.recipes import orchestration
from training.runs import retention, reviewing
from training.worker import execution
from training.worker.presence import Presence
from training.worker.recovery import Recovery

app.steps["worker"].update((Presence, Recovery))


@shared_task
def execute(run_id: int) -> None:
    """One run, from its claim to its end. A second delivery finds it claimed and does nothing."""
    execution.execute(run_id, worker=current_task.request.hostname or "here")


@shared_task
def advance(run_id: int) -> None:
    """Launch the stages of a recipe that can begin."""
    orchestration.advance(run_id)


@shared_task
def advance_recipes() -> None:
    """For the estimates on their pages, and for a worker that died between a stage's end and the next one's launch."""
    with ExitStack() as each:
        # What one raises is raised when all the others have had their turn.
        for run_id in orchestration.open_recipes():
            each.callback(orchestration.advance, run_id)


@shared_task
def look_after_reviews() -> None:
    """Runs that wait for people go on once all judgments are given."""
    reviewing.go_on()


@shared_task
def erase_old() -> None:
    """What projects keep for some days only; asked each hour, so that a studio that was off at night does it too."""
    for project, days in retention.due():
        erase_old_of.delay(project, days)


@shared_task
def erase_old_of(project: int, days: int) -> None:
    """For some minutes, and then again: it holds no worker for long, and what one project raises is its own."""
    with inside(project):
        if retention.goes_on(days, retention.SECONDS):
            erase_old_of.delay(project, days)
