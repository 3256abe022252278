"""What the workers and the scheduler do for runs. Shallow: each calls one verb."""

from celery import current_task, shared_task

from studio.celery import app
from training import claiming, executing, launching
from training.models import Run
from training.presence import Presence
from training.recipes import conducting

app.steps["worker"].add(Presence)


@shared_task
def execute(run_id: int) -> None:
    """One run, from its claim to its end. A second delivery finds it claimed and does nothing."""
    executing.execute(run_id, worker=current_task.request.hostname or "here")


@shared_task
def advance(run_id: int) -> None:
    """Launch the stages of a recipe that can begin."""
    conducting.advance(run_id)


@shared_task
def advance_recipes() -> None:
    """For the estimates on their pages, and for a worker that died between a stage's end and the next one's launch."""
    for run_id in conducting.open_recipes():
        conducting.advance(run_id)


@shared_task
def look_after_runs() -> None:
    """Find the runs whose workers died and start them again; send again the messages that a broker lost."""
    restarted = [run_id for run_id in claiming.reap() if claiming.restart(run_id)]
    for run in Run.objects.filter(pk__in=[*restarted, *claiming.resend()]):
        launching.enqueue(run)
