"""Real workers and real trainers, killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

from annotation.datasets import versions
from annotation.models import Author, Prompt, Version
from studio.settings import ROOT
from tests.training.frozen import write_data
from training import specs
from training.commands import command
from training.models import Checkpoint, Metric, Run, Worker
from training.rundir import RunDir
from training.runs import launching
from training.worker import transitions

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.django_db(transaction=True)]

TINY = {"gpus": 0, "precision": "fp32"}


class Workers:
    """Celery workers on the test's own database, as many as are started."""

    def __init__(self, folder: Path) -> None:
        name = connection.settings_dict["NAME"]
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
        told = {"DATABASE_URL": url, "STUDIO_VAR": str(folder)}
        self.environ = os.environ | told | {"DJANGO_SETTINGS_MODULE": "tests.settings", "OMP_NUM_THREADS": "1"}
        self.log = folder / "worker.log"
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, queue: str = "gpu") -> "subprocess.Popen[bytes]":
        words = [
            "-m",
            "celery",
            "-A",
            "studio",
            "worker",
            "-Q",
            queue,
            "-c",
            "1",
            "-n",
            f"{queue}{len(self.started)}@test",
        ]
        with self.log.open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, *words], cwd=ROOT, env=self.environ, stdout=log, stderr=log, start_new_session=True
            )
        self.started.append(worker)
        return worker

    def kill(self, worker: "subprocess.Popen[bytes]") -> None:
        """kill -9 of the worker and its pool; its programs have sessions of their own."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def stop(self) -> None:
        for worker in self.started:
            if worker.poll() is None:
                self.kill(worker)


@pytest.fixture
def workers(tmp_path: Path, settings: Any) -> Iterator[Workers]:
    made = Workers(tmp_path)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model from scratch, made once by its program."""
    directory = RunDir(tmp_path_factory.mktemp("scratch"))
    texts = [{"prompt": [{"role": "user", "content": "Name two animals."}], "response": "Cat and dog."}]
    corpus = write_data(directory, "corpus", texts)
    small = {"vocabulary": 300, "width": 16, "layers": 1, "heads": 2, "positions": 128}
    spec = specs.parse("create", small | TINY | {"data": {"corpus": {"path": corpus.path, "sha256": corpus.sha256}}})
    RunDir.create(directory.path, spec)
    subprocess.run(command(spec, directory.path), cwd=ROOT, check=True)
    return directory.output


@pytest.fixture
def tiny(weights: Path) -> Checkpoint:
    author = Author.objects.create(name="tiny", kind="model")
    return Checkpoint.objects.create(name="tiny", kind="policy", author=author, path=str(weights), template="tiny")


@pytest.fixture
def lessons(prompts: list[Prompt]) -> Version:
    rows = [
        {"prompt_id": prompt.pk, "prompt": prompt.messages, "response": f"Cat and dog {number}."}
        for prompt in prompts
        for number in range(100)
    ]
    return versions.freeze_rows("lessons", "demonstrations", rows, {})


def training(base: Checkpoint, lessons: Version, epochs: float) -> Run:
    """Some minutes of real finetuning in small steps, with a checkpoint every few of them."""
    small = {"batch_size": 4, "micro_batch_size": 4, "max_length": 64, "save_every": 20, "log_every": 5}
    settings = small | TINY | {"epochs": epochs, "template": "own", "gradient_checkpointing": False}
    return launching.launch("sft", settings, name="lesson", checkpoint=base, inputs={"train": lessons})


def wait_for(true: Callable[[], Any], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def state(run: Run) -> str:
    run.refresh_from_db()
    return run.state


def has_ended(run: Run) -> bool:
    """A lost run that may be tried again is started again a moment later."""
    ended = state(run) not in Run.OPEN
    return ended and not (run.state == Run.State.LOST and run.attempts < transitions.ATTEMPTS)


def wait_for_work(run: Run, true: Callable[[], Any]) -> None:
    """As `wait_for`, unless the run ends before."""
    wait_for(lambda: true() or has_ended(run))
    assert not has_ended(run), run.error


def wait_until(run: Run, wanted: str) -> None:
    wait_for(lambda: state(run) == wanted or has_ended(run))
    assert run.state == wanted, run.error


def has_saved(run: Run) -> bool:
    return any((run.directory / "checkpoints").glob("checkpoint-*/trainer_state.json"))


def program_of(run: Run) -> int:
    return int((run.directory / "lock").read_text())


def alive(pid: int) -> bool:
    """Not gone, and not a zombie that nobody has buried."""
    line = Path(f"/proc/{pid}/cmdline")
    return line.exists() and bool(line.read_bytes())


def test_kill_9_of_a_worker_loses_no_more_than_the_steps_since_a_checkpoint(
    workers: Workers, tiny: Checkpoint, lessons: Version
) -> None:
    worker = workers.start()
    run = training(tiny, lessons, epochs=1)
    wait_for_work(run, lambda: has_saved(run))
    program = program_of(run)
    workers.kill(worker)
    wait_for(lambda: not alive(program))
    assert state(run) == "running"
    workers.start()
    wait_until(run, "succeeded")
    assert run.attempts == 2
    assert run.result["resumed_from"].startswith("checkpoint-")
    steps = list(Metric.objects.filter(run=run, name="loss").order_by("step").values_list("step", flat=True))
    # A program that is asked to stop tells its last step too, and goes on from there.
    resumed = int(run.result["resumed_from"].removeprefix("checkpoint-"))
    assert steps == sorted({1, *range(5, 151, 5), resumed})


def test_kill_9_of_a_program_starts_it_again_where_it_was(
    workers: Workers, tiny: Checkpoint, lessons: Version
) -> None:
    workers.start()
    run = training(tiny, lessons, epochs=1)
    wait_for_work(run, lambda: has_saved(run))
    os.kill(program_of(run), signal.SIGKILL)
    wait_until(run, "succeeded")
    assert run.attempts == 2
    assert run.result["resumed_from"].startswith("checkpoint-")


def test_a_cancelled_run_saves_and_can_go_on(workers: Workers, tiny: Checkpoint, lessons: Version) -> None:
    workers.start()
    run = training(tiny, lessons, epochs=20)
    wait_for_work(run, lambda: Metric.objects.filter(run=run).exists())
    asked = time.monotonic()
    assert launching.cancel(run)
    wait_until(run, "cancelled")
    assert time.monotonic() - asked < 20
    assert has_saved(run)


def test_a_worker_that_is_told_to_stop_hands_its_run_to_the_next(
    workers: Workers, tiny: Checkpoint, lessons: Version
) -> None:
    worker = workers.start()
    run = training(tiny, lessons, epochs=3)
    wait_for_work(run, lambda: Metric.objects.filter(run=run).exists())
    worker.terminate()
    assert worker.wait(60) == 0
    assert state(run) == "queued"
    workers.start()
    wait_until(run, "succeeded")
    assert run.attempts == 1
    assert run.result["resumed_from"].startswith("checkpoint-")


def test_a_worker_says_what_it_has(workers: Workers) -> None:
    workers.start()
    wait_for(Worker.objects.exists)
    worker = Worker.objects.get()
    assert (worker.name, worker.queue, worker.is_alive) == ("gpu0@test", "gpu", True)
    assert worker.details["cores"] == os.cpu_count()
