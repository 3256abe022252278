"""Runs from claim to end, with real child processes in place of trainers."""

import json
import sys
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection

from training.models import Checkpoint, Metric, Run
from training.runs import launching
from training.runs.kinds import KINDS
from training.specs import Spec
from training.worker import execution, renewal, transitions

pytestmark = pytest.mark.django_db(transaction=True)

BEGIN = """
import hashlib, json, pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
out = folder / "output"
out.mkdir(exist_ok=True)
def log(step): (folder / "metrics.jsonl").open("a").write(json.dumps({"step": step, "loss": 1 / (1 + step)}) + "\\n")
def end(state, **more):
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in out.iterdir()}
    files = {name: {"sha256": digest, "bytes": 1} for name, digest in digests.items()}
    (folder / "result.json").write_text(json.dumps({"kind": "create", "state": state, "files": files, **more}))
"""
GOOD = (
    BEGIN
    + """
for step in range(5): log(step)
(out / "model.safetensors").write_bytes(b"weights")
end("succeeded", figures={"parameters": 7})
"""
)
PATIENT = (
    BEGIN
    + """
print("working", flush=True)
step = len(list(folder.glob("saved*")))
while not (folder / "cancel").exists(): time.sleep(0.02)
(folder / f"saved{step}").touch()
end("cancelled")
"""
)
DYING = BEGIN + "import os; print('so far so good', flush=True); os.kill(os.getpid(), 9)"
HONEST = BEGIN + "end('failed', error='train.jsonl line 3: no response'); sys.exit(1)"
SILENT = BEGIN + "print('done, or so I believe')"
FULL = BEGIN + "open('/dev/full', 'wb', buffering=0).write(b'weights')"
HANGING = BEGIN + "print('working', flush=True); time.sleep(600)"


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """The text of the program that stands in for a trainer."""

    def use(text: str) -> None:
        def command(spec: Spec, directory: Path) -> list[str]:
            return [sys.executable, "-c", text, str(directory)]

        monkeypatch.setattr(execution, "command", command)

    return use


@pytest.fixture
def run(corpus: Any, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(launching, "enqueue", lambda run: None)
    return launching.launch("create", {}, name="tiny", inputs={"corpus": corpus})


def state(run: Run) -> str:
    run.refresh_from_db()
    return run.state


def wait_for(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def execute_meanwhile(run: Run) -> threading.Thread:
    def target() -> None:
        execution.execute(run.pk, "w1")
        connection.close()

    thread = threading.Thread(target=copy_context().run, args=(target,), daemon=True)
    thread.start()
    wait_for(lambda: (run.directory / "log.txt").exists() and "working" in (run.directory / "log.txt").read_text())
    return thread


def test_a_run_succeeds_with_its_metrics_and_its_checkpoint(run: Run, program: Callable[[str], None]) -> None:
    program(GOOD)
    execution.execute(run.pk, "w1")
    assert state(run) == "succeeded"
    assert list(Metric.objects.filter(run=run).values_list("step", flat=True).order_by("step")) == [0, 1, 2, 3, 4]
    made = Checkpoint.objects.get(run=run)
    assert (made.name, made.author.kind, made.parameters) == ("tiny", "model", 7)
    assert made.folder == run.directory / "output"


def test_its_directory_says_what_it_was_told(run: Run, program: Callable[[str], None]) -> None:
    program(GOOD)
    execution.execute(run.pk, "w1")
    spec = json.loads((run.directory / "spec.json").read_text())
    assert spec["kind"] == "create"
    assert spec["data"]["corpus"]["path"] == "data/corpus.jsonl"
    assert spec["data"]["corpus"]["sha256"] == run.versions.get().digest


def test_a_second_delivery_starts_nothing(run: Run, program: Callable[[str], None]) -> None:
    program(GOOD)
    execution.execute(run.pk, "w1")
    log = (run.directory / "log.txt").stat().st_mtime_ns
    execution.execute(run.pk, "w2")
    assert (run.directory / "log.txt").stat().st_mtime_ns == log
    assert Checkpoint.objects.count() == 1


def test_kill_9_of_a_program_starts_it_again_and_the_third_time_fails_its_run_in_words(
    run: Run, program: Callable[[str], None]
) -> None:
    program(DYING)
    for ending in ("queued", "queued", "failed"):
        execution.execute(run.pk, "w1")
        assert state(run) == ending
    assert "killed by SIGKILL" in run.error
    assert "so far so good" in run.error


def test_a_program_that_says_why_it_failed_is_quoted(run: Run, program: Callable[[str], None]) -> None:
    program(HONEST)
    execution.execute(run.pk, "w1")
    assert state(run) == "failed"
    assert run.error == "train.jsonl line 3: no response"


def test_a_program_without_a_result_has_failed_whatever_its_code(run: Run, program: Callable[[str], None]) -> None:
    program(SILENT)
    execution.execute(run.pk, "w1")
    assert state(run) == "failed"
    assert "or so I believe" in run.error


def test_a_cancelled_run_stops_with_a_checkpoint_and_can_be_resumed(run: Run, program: Callable[[str], None]) -> None:
    program(PATIENT)
    worker = execute_meanwhile(run)
    transitions.cancel(run.pk)
    worker.join()
    assert state(run) == "cancelled"
    assert (run.directory / "saved0").exists()
    program(GOOD)
    transitions.resume(run.pk)
    execution.execute(run.pk, "w1")
    assert state(run) == "succeeded"


def test_a_worker_that_shuts_down_hands_its_run_back(
    run: Run, program: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(launching, "enqueue", lambda run: sent.append(run.pk))
    program(PATIENT)
    worker = execute_meanwhile(run)
    renewal.shutting_down.set()
    worker.join()
    renewal.shutting_down.clear()
    assert state(run) == "queued"
    assert sent == [run.pk]


def test_a_run_that_was_taken_over_is_left_alone(run: Run, program: Callable[[str], None], settings: Any) -> None:
    program(PATIENT)
    worker = execute_meanwhile(run)
    Run.objects.filter(pk=run.pk).update(claim="00000000-0000-0000-0000-000000000001", worker="other")
    worker.join()
    assert state(run) == "running"
    assert run.worker == "other"


def test_a_program_that_had_ended_when_its_worker_died_is_not_run_again(
    run: Run, program: Callable[[str], None]
) -> None:
    program(GOOD)
    execution.execute(run.pk, "w1")
    Checkpoint.objects.all().delete()
    Run.objects.filter(pk=run.pk).update(state="queued")
    program(DYING)
    execution.execute(run.pk, "w2")
    assert state(run) == "succeeded"
    assert Checkpoint.objects.filter(run=run).count() == 1


def test_a_run_that_asks_for_gpus_that_are_not_there_goes_on_waiting(run: Run) -> None:
    run.spec["settings"]["gpus"] = 4
    run.save()
    execution.execute(run.pk, "w1")
    assert state(run) == "queued"


def test_a_disk_that_is_full_is_said_with_what_to_do_and_the_traceback_stays_in_the_log(
    run: Run, program: Callable[[str], None]
) -> None:
    program(FULL)
    execution.execute(run.pk, "w1")
    assert state(run) == "failed"
    assert run.error.startswith("The disk of the runs is full") and "Traceback" not in run.error
    assert "OSError: [Errno 28] No space left on device" in (run.directory / "log.txt").read_text()


def test_an_earlier_start_is_not_taken_for_this_one(run: Run, program: Callable[[str], None]) -> None:
    program(FULL)
    execution.execute(run.pk, "w1")
    transitions.resume(run.pk)
    program(SILENT)
    execution.execute(run.pk, "w1")
    assert state(run) == "failed" and "disk" not in run.error


def test_a_program_that_hangs_is_stopped_and_says_so(
    run: Run, program: Callable[[str], None], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STALL_SECONDS, settings.CANCEL_SECONDS = 1, 0
    monkeypatch.setattr("training.worker.program.LAST_SECONDS", 0.0)
    program(HANGING)
    execution.execute(run.pk, "w1")
    assert state(run) == "failed"
    assert "showed no sign of life" in run.error and "Resume the run" in run.error


def test_whoever_waits_is_told_when_a_run_has_ended(
    run: Run, program: Callable[[str], None], make_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(launching, "enqueue", lambda run: told.append(run.pk))
    make_run(spec={"settings": {"gpus": 64}}, priority="low")
    next_one = make_run(priority="low", kind="score")
    program(GOOD)
    execution.execute(run.pk, "w1")
    assert state(run) == "succeeded" and told == [next_one.pk]


def test_a_worker_without_torch_says_how_to_get_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "training.worker.preparation.machine", lambda: {"missing": ["torch"], "gpus": [], "host": "far"}
    )
    execution.execute(run.pk, "w1")
    assert state(run) == "failed"
    assert "lacks torch" in run.error


def test_a_database_that_is_away_at_the_end_loses_no_work(
    run: Run, program: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    program(GOOD)
    finish, away = transitions.finish, iter([True, True])

    def absent_at_first(held: transitions.Claim, result: dict[str, Any]) -> bool:
        if next(away, False):
            raise OperationalError("the server closed the connection unexpectedly")
        return finish(held, result)

    monkeypatch.setattr(transitions, "finish", absent_at_first)
    monkeypatch.setattr("studio.database.retry.time.sleep", lambda seconds: None)
    execution.execute(run.pk, "w1")
    assert state(run) == "succeeded"


def test_a_database_that_breaks_work_off_starts_it_again_and_the_third_time_fails_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("the server closed the connection unexpectedly")

    monkeypatch.setattr(execution, "run_program", away)
    states = []
    for _ in range(transitions.ATTEMPTS):
        execution.execute(run.pk, "w1")
        states.append(state(run))
    assert states == ["queued", "queued", "failed"]
    assert run.error == "PostgreSQL broke it off: the server closed the connection unexpectedly"


def test_an_error_of_our_own_fails_the_run(
    run: Run, program: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    program(GOOD)

    def broken(*_: object) -> None:
        raise ZeroDivisionError("in our own code")

    monkeypatch.setattr("training.runs.ingest.register", broken)
    with pytest.raises(ZeroDivisionError):
        execution.execute(run.pk, "w1")
    assert state(run) == "failed"
    assert "ZeroDivisionError: in our own code" in run.error


def test_a_wish_to_cancel_reaches_into_a_running_statement(
    make_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(kind=Run.Kind.JUDGE)
    asleep = replace(KINDS[Run.Kind.JUDGE], work=f"{__name__}.sleep_a_minute")
    monkeypatch.setitem(KINDS, Run.Kind.JUDGE, asleep)
    threading.Timer(1, copy_context().run, [cancel_from_elsewhere, run]).start()
    began = time.monotonic()
    execution.execute(run.pk, "w1")
    assert state(run) == "cancelled"
    # The statement takes a minute; a slow machine does not make a cancel of some seconds that long.
    assert time.monotonic() - began < 40


def sleep_a_minute(run: Run, renewal: renewal.Renewal) -> dict[str, Any]:
    sleep_in_postgresql(60)
    return {}


def cancel_from_elsewhere(run: Run) -> None:
    transitions.cancel(run.pk)
    connection.close()


def sleep_in_postgresql(seconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])
