"""A whole studio in its folder: opened, every process killed in turn, killed itself, opened again, stopped."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from studio.embedded import supervisor
from studio.embedded.children import Child
from studio.embedded.folder import Folder
from studio.embedded.steps import ROOT
from studio.embedded.supervisor import Supervisor
from tests.studio.embedded.conftest import PROCESSES, children_of, plain_environment, runs, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


class Studio:
    """`python -m studio.embedded` on a folder and a free port."""

    def __init__(self, root: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.output = root / "said"
        told = {"STUDIO_VAR": str(root / "var"), "STUDIO_PORT": str(self.port), "STUDIO_ADMIN_PASSWORD": "open sesame"}
        self.environ = plain_environment() | told

    def open(self) -> None:
        self.output.write_text("")
        with self.output.open("ab") as output:
            command = [sys.executable, "-m", "studio.embedded"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=output, stderr=output)
        self.wait_for("is open at")

    def wait_for(self, words: str, seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while words not in self.output.read_text():
            assert time.monotonic() < deadline, f"{words!r} not in {self.output.read_text()!r}"
            assert self.process.poll() is None, self.output.read_text()
            time.sleep(0.1)

    def wait_until_well(self) -> None:
        deadline = time.monotonic() + 60
        while not self.well():
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.2)

    def well(self) -> bool:
        try:
            return bool(httpx2.get(f"http://127.0.0.1:{self.port}/health/ready").json()["ok"])
        except httpx2.TransportError:
            return False

    def child(self, part: str) -> int:
        return next(pid for pid, command in children_of(self.process.pid).items() if part in command)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    made = Studio(tmp_path_factory.mktemp("studio"))
    made.open()
    yield made
    if made.process.poll() is None:
        made.process.terminate()
        made.process.wait(60)


@pytest.fixture
def waiting(folder: Folder) -> Iterator[Supervisor]:
    """Watches over nothing yet; one worker waits for the pages, which do not answer."""
    made = Supervisor(folder, "127.0.0.1", 1)
    made.waiting = [Child("worker", ["sleep", "60"], folder.log("worker"), os.environ)]
    with watched(made):
        yield made


@contextmanager
def watched(made: Supervisor) -> Iterator[None]:
    watching = threading.Thread(target=made.watch, daemon=True)
    watching.start()
    yield
    made.stopping.set()
    watching.join()
    made.stop()


def launched(by: Supervisor, within: float) -> bool:
    deadline = time.monotonic() + within
    while not by.programs and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(by.programs)


def test_workers_start_once_the_pages_answer(waiting: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not launched(waiting, within=0.3)
    monkeypatch.setattr(Supervisor, "answers", lambda self, state: True)
    assert launched(waiting, within=10)


def test_a_studio_that_cannot_save_opens_and_says_why(
    waiting: Supervisor, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STUDIO_VAR", str(waiting.folder.root))
    monkeypatch.setenv("DATABASE_URL", "postgresql:///studio?host=/nowhere")
    monkeypatch.setenv("REDIS_URL", "unix:///nowhere.sock")
    monkeypatch.setattr(Supervisor, "answers", lambda self, state: state == "live")
    said = ""
    deadline = time.monotonic() + 60
    while "Redis does not answer" not in said and time.monotonic() < deadline:
        time.sleep(0.1)
        said += capfd.readouterr().out
    assert said.index("is open at") < said.index("PostgreSQL does not answer") < said.index("Redis does not answer")


@pytest.mark.parametrize("slow", ["answers", "hindrances"])
def test_what_dies_is_started_again_while_the_pages_are_waited_for(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    asked, answered = threading.Event(), threading.Event()

    def never(*told: object) -> bool:
        asked.set()
        return not answered.wait(60)

    monkeypatch.setattr(Supervisor, "answers", lambda self, state: state == "live")
    monkeypatch.setattr(Supervisor, slow, never)
    made = Supervisor(folder, "127.0.0.1", 1)
    made.launch(Child("web", ["sleep", "60"], folder.log("web"), os.environ))
    with watched(made):
        assert asked.wait(10)
        first = made.programs[0].pid
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: made.programs[0].pid != first)
        answered.set()


def test_workers_do_not_wait_for_ever(waiting: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "PAGES_FIRST_SECONDS", 0.0)
    assert launched(waiting, within=10)


def test_it_says_what_it_does_and_where_it_is_open(studio: Studio) -> None:
    said = studio.output.read_text()
    assert "Preparing the database" in said
    assert f"is open at http://localhost:{studio.port}/" in said
    assert "open sesame" not in said
    assert httpx2.get(f"http://127.0.0.1:{studio.port}/health/live").json() == {"live": True}


@pytest.mark.parametrize("name", PROCESSES)
def test_kill_9_of_any_process_is_mended_and_said_in_one_line(studio: Studio, name: str) -> None:
    studio.wait_until_well()
    victim = studio.child(PROCESSES[name])
    os.kill(victim, signal.SIGKILL)
    studio.wait_for(f"{name} was killed by SIGKILL; starting it again")
    studio.wait_until_well()
    assert studio.child(PROCESSES[name]) != victim
    assert studio.output.read_text().count(f"{name} was killed") == 1


def test_a_second_start_on_the_same_folder_is_refused(studio: Studio) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "studio.embedded"],
        cwd=ROOT,
        env=studio.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert f"already runs on {studio.environ['STUDIO_VAR']}: process {studio.process.pid}" in second.stderr


def test_kill_9_of_the_supervisor_ends_everything_and_the_next_start_prepares_nothing(studio: Studio) -> None:
    children = children_of(studio.process.pid)
    studio.process.kill()
    studio.process.wait()
    deadline = time.monotonic() + 10
    while any(runs(pid) for pid in children) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [command for pid, command in children.items() if runs(pid)]
    studio.open()
    assert "Preparing the database" not in studio.output.read_text()


def test_a_taken_port_is_refused_with_another_one_named(studio: Studio, tmp_path: Path) -> None:
    environ = studio.environ | {"STUDIO_VAR": str(tmp_path / "var")}
    other = subprocess.run(
        [sys.executable, "-m", "studio.embedded"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert other.returncode == 1
    assert f"Try STUDIO_PORT={studio.port + 1}" in other.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_cleanly(studio: Studio, number: signal.Signals) -> None:
    if studio.process.poll() is not None:
        studio.open()
    studio.wait_until_well()
    children = children_of(studio.process.pid)
    studio.process.send_signal(number)
    assert studio.process.wait(60) == 0
    assert not [command for pid, command in children.items() if runs(pid)]
    assert "database system is shut down" in (Path(studio.environ["STUDIO_VAR"]) / "log/postgres.log").read_text()
