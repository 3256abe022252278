"""Real child processes: what they may see, how they are stopped, and what is said of their end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from training.worker.program import Ending, follow
from training.worker.transitions import ClaimStatus

STEADY = """
import sys, time, pathlib
folder = pathlib.Path(sys.argv[1])
print("started", flush=True)
while not (folder / "cancel").exists():
    time.sleep(0.02)
print("saved", flush=True)
"""
SECRETS = ["DATABASE_URL", "REDIS_URL", "STUDIO_SECRET_KEY", "OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY"]
SLEEPY = "import time; print('asleep', flush=True); time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
ABANDONED = """
import sys, pathlib, django
django.setup()
from training.worker.program import follow
from tests.training.worker.test_program import StandIn
folder = pathlib.Path(sys.argv[1])
follow(StandIn(), [sys.executable, "-c", sys.argv[2]], folder, lambda: None)
"""


@dataclass
class StandIn:
    """A renewal without a database."""

    found: ClaimStatus = ClaimStatus.HELD

    @property
    def standing(self) -> ClaimStatus:
        return self.found

    @property
    def must_stop(self) -> bool:
        return self.standing is not ClaimStatus.HELD


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Callable[..., Ending]:
    """Run a program's text; `renewal` says when to stop it."""

    def run_text(text: str, renewal: StandIn | None = None, listen: Callable[[], None] = lambda: None) -> Ending:
        return follow(renewal or StandIn(), [sys.executable, "-c", text, str(folder)], folder, listen)

    return run_text


def wait_for(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def said(folder: Path) -> str:
    log = folder / "log.txt"
    return log.read_text() if log.exists() else ""


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_all_it_prints_lands_in_the_log(run: Callable[..., Ending], folder: Path) -> None:
    assert run("import sys; print('hello'); print('dear', file=sys.stderr)").code == 0
    assert said(folder) == "hello\ndear\n"


def test_a_second_run_adds_to_the_log(run: Callable[..., Ending], folder: Path) -> None:
    run("print('one')")
    run("print('two')")
    assert said(folder) == "one\ntwo\n"


@pytest.mark.parametrize("name", SECRETS)
def test_a_program_never_sees_our_secrets(
    run: Callable[..., Ending], folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "top secret")
    run("import os; print(os.environ)")
    assert "top secret" not in said(folder)
    assert "PATH" in said(folder)


def test_each_program_gets_its_share_of_the_cores(
    run: Callable[..., Ending], folder: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    settings.GPU_SLOTS = 1000
    run("import os; print(os.environ['OMP_NUM_THREADS'])")
    assert said(folder) == "1\n"


def test_listening_happens_while_it_runs_and_once_after(run: Callable[..., Ending], folder: Path) -> None:
    heard: list[bool] = []
    run(
        "import time; time.sleep(1.2); open('/dev/stdout', 'w').write('end')",
        listen=lambda: heard.append("end" in said(folder)),
    )
    assert heard[0] is False
    assert heard[-1] is True


def test_a_failure_is_said_with_the_last_lines(run: Callable[..., Ending]) -> None:
    ending = run("print('about to fail'); raise ValueError('no such column')")
    assert "ended with code 1" in ending.said
    assert "ValueError: no such column" in ending.said


def test_kill_9_is_said_in_words(run: Callable[..., Ending]) -> None:
    ending = run("import os; print('at work', flush=True); os.kill(os.getpid(), 9)")
    assert "killed by SIGKILL" in ending.said
    assert "memory" in ending.said
    assert "at work" in ending.said


def test_a_program_that_is_to_stop_may_first_save(run: Callable[..., Ending], folder: Path) -> None:
    ending = run(STEADY, StandIn(ClaimStatus.CANCEL))
    assert ending.code == 0
    assert ending.asked is ClaimStatus.CANCEL
    assert "saved" in said(folder)


def test_an_old_wish_to_stop_does_not_stop_the_next_attempt(run: Callable[..., Ending], folder: Path) -> None:
    (folder / "cancel").touch()
    run("import sys, pathlib; print((pathlib.Path(sys.argv[1]) / 'cancel').exists())")
    assert said(folder) == "False\n"


def test_a_program_that_does_not_listen_is_killed(
    run: Callable[..., Ending], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CANCEL_SECONDS = 0.5
    monkeypatch.setattr("training.worker.program.LAST_SECONDS", 0.5)
    assert run(DEAF, StandIn(ClaimStatus.CANCEL)).code == -signal.SIGKILL


def test_a_program_whose_run_was_given_to_another_is_killed_at_once(run: Callable[..., Ending], settings: Any) -> None:
    settings.CANCEL_SECONDS = 10_000
    assert run(DEAF, StandIn(ClaimStatus.GONE)).code == -signal.SIGKILL


def test_what_a_program_started_ends_with_it(run: Callable[..., Ending], folder: Path) -> None:
    run("import subprocess; print(subprocess.Popen(['sleep', '600']).pid)")
    wait_for(lambda: not alive(int(said(folder))))


def test_a_program_dies_with_its_worker(folder: Path) -> None:
    worker = subprocess.Popen([sys.executable, "-c", ABANDONED, str(folder), SLEEPY])
    wait_for(lambda: bool(said(folder)))
    program = int((folder / "lock").read_text())
    worker.kill()
    worker.wait()
    wait_for(lambda: not alive(program))


def test_a_program_that_outlived_its_worker_is_killed_before_the_next_starts(
    run: Callable[..., Ending], folder: Path
) -> None:
    worker = subprocess.Popen([sys.executable, "-c", ABANDONED, str(folder), DEAF])
    wait_for(lambda: "deaf" in said(folder))
    survivor = int((folder / "lock").read_text())
    worker.kill()
    worker.wait()
    assert alive(survivor)
    run("print('mine')")
    assert not alive(survivor)
    assert os.path.exists(folder / "lock")
