"""One run from its claim to its end, in the worker that got its message."""

import signal
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.utils.module_loading import import_string

from studio.database.bounds import ran_out, was_cancelled
from studio.database.retry import patiently
from studio.database.statistics import analyse_now
from studio.projects.scope import everywhere, inside
from training import known_failures
from training.commands import command
from training.models import Run
from training.rundir import Result, RunDir
from training.runs import ingest, launching
from training.runs.failures import Killed, RunFailed, RunStopped, WaitsForPeople
from training.runs.kinds import KINDS, PEOPLE
from training.specs import Spec, SpecError
from training.worker import claims, preparation, transitions
from training.worker.environment import environment
from training.worker.live_output import Tail
from training.worker.preparation import PreparationFailed
from training.worker.program import Ending, Program, follow
from training.worker.renewal import Renewal
from training.worker.transitions import ClaimStatus


def execute(run_id: int, worker: str) -> None:
    """The run whose turn it is; the message of `run_id` says that something waits."""
    held = claims.claim(run_id, worker)
    if held is None:
        return
    with everywhere():
        run = Run.objects.select_related("checkpoint", "parent").get(pk=held.run_id)
    with inside(run.project_id):
        try:
            with Renewal(held) as renewal:
                live(run, renewal)
        finally:
            after(run, worker)


def live(run: Run, renewal: Renewal) -> None:
    """The run's work, and the arrow that its outcome takes."""
    try:
        result = import_string(KINDS[run.kind].work)(run, renewal)
    except Killed as failure:
        message = str(failure)
        patiently(lambda: transitions.start_again(renewal.held, message) or transitions.fail(renewal.held, message))
    except (RunFailed, PreparationFailed, SpecError) as failure:
        message = str(failure)
        patiently(lambda: transitions.fail(renewal.held, message))
    except (OperationalError, InterfaceError) as failure:
        message = f"PostgreSQL broke it off: {failure}"
        connection.close()
        if renewal.must_stop and was_cancelled(failure):
            stopped_short(renewal)
            return
        if ran_out(failure):
            analyse_now()
        patiently(lambda: transitions.start_again(renewal.held, message) or transitions.fail(renewal.held, message))
    except WaitsForPeople as waits:
        done, total = waits.done, waits.total
        patiently(lambda: transitions.leave_to_people(renewal.held, done, total))
    except RunStopped as stopped:
        stopped_short(renewal, str(stopped))
    else:
        patiently(lambda: transitions.finish(renewal.held, result))


def stopped_short(renewal: Renewal, said: str = "") -> None:
    """Because it was asked to, or its worker shuts down."""
    if renewal.standing is ClaimStatus.RELEASE:
        patiently(lambda: transitions.release(renewal.held))
    else:
        patiently(lambda: transitions.confirm_cancelled(renewal.held, said))


def after(run: Run, worker: str) -> None:
    """A run that was released waits for another worker, and a recipe goes on when a stage of it has ended.

    Whoever comes next in its queue is told at once: its own message came while this one was at work.
    """
    queue = run.queue
    patiently(lambda: run.refresh_from_db(fields=["state", "queue"]))
    if run.state == Run.State.QUEUED and run.queue != PEOPLE:
        launching.enqueue(run)
        return
    if run.parent and run.state != Run.State.QUEUED:
        launching.enqueue(run.parent)
    if following := patiently(lambda: claims.next_in(queue, worker)):
        launching.enqueue(following)


def run_program(run: Run, renewal: Renewal) -> dict[str, Any]:
    """Its result as plain data. Raises RunFailed, RunStopped, PreparationFailed, SpecError."""
    directory = RunDir(run.directory)
    if not has_succeeded(directory):
        directory = preparation.prepare(run)
        follow_program(run, directory, renewal)
    return patiently(lambda: ingest.ingest(run, directory))


def has_succeeded(directory: RunDir) -> bool:
    """Its worker may have died between the program's end and ours."""
    result = directory.read_result()
    return result is not None and result.state == "succeeded"


def follow_program(run: Run, directory: RunDir, renewal: Renewal) -> None:
    (directory.path / "result.json").unlink(missing_ok=True)
    tail = Tail(renewal.held, directory)
    words = command(directory.spec, directory.path)
    with claims.locked_gpus(run, renewal) as locks:
        program = Program(words, directory.path, environment(directory.path, run.gpu_uuids), locks)
        ending = follow(renewal, program, tail.read)
    conclude(ending, directory.read_result(), directory.spec)


def conclude(ending: Ending, result: Result | None, spec: Spec) -> None:
    """Raises unless the program came to its own end and says that it did what it was told."""
    if result is not None and result.state == "succeeded":
        return
    if ending.stalled:
        raise RunFailed(
            f"The program showed no sign of life for {ending.stalled / 60:g} minutes and was stopped: no step, no"
            " file, no line in its log. Most often one of its processes waits for another that hangs, in a driver or a"
            " network. Resume the run: it goes on from its newest checkpoint. STUDIO_STALL_MINUTES sets the bound."
        )
    if ending.asked is not ClaimStatus.HELD:
        raise RunStopped
    if result is not None and result.state == "failed":
        raise RunFailed(result.error or ending.said)
    if ending.code == -signal.SIGKILL:
        raise Killed(ending.said)
    if known := known_failures.explain(ending.printed, spec):
        raise RunFailed(f"{known} The log has the error as it came.")
    raise RunFailed(ending.said)
