"""Real child processes: what they may see, how they are stopped, and what is said of their end."""

import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from studio.process_tree import kill
from training.runs.failures import RunStopped
from training.worker import survivors
from training.worker.environment import environment
from training.worker.program import Ending, Program, follow
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
# As torch's elastic does: its workers are in sessions of their own, and heed nothing.
LAUNCHER = """
import os, signal, subprocess, sys, time
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
for _ in range(2):
    subprocess.Popen([sys.executable, "-c", deaf, *sys.argv[1:]], start_new_session=True)
time.sleep(600)
"""
SLEEPY = "import time; print('asleep', flush=True); time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"


@dataclass
class StandIn:
    """A renewal without a database."""

    found: ClaimStatus = ClaimStatus.HELD
    since: Callable[[], bool] = lambda: True

    @property
    def standing(self) -> ClaimStatus:
        return self.found if self.since() else ClaimStatus.HELD

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
        program = Program([sys.executable, "-c", text, str(folder)], folder, environment(folder))
        return follow(renewal or StandIn(), program, listen)

    return run_text


def wait_for(true: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
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
    ending = run(STEADY, StandIn(ClaimStatus.CANCEL, lambda: "started" in said(folder)))
    assert ending.code == 0
    assert ending.asked is ClaimStatus.CANCEL
    assert "saved" in said(folder)


def test_an_old_wish_to_stop_does_not_stop_the_next_attempt(run: Callable[..., Ending], folder: Path) -> None:
    (folder / "cancel").touch()
    run("import sys, pathlib; print((pathlib.Path(sys.argv[1]) / 'cancel').exists())")
    assert said(folder) == "False\n"


def test_a_program_that_does_not_listen_is_killed(
    run: Callable[..., Ending], folder: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CANCEL_SECONDS = 0
    monkeypatch.setattr("training.worker.program.LAST_SECONDS", 0.5)
    assert run(DEAF, StandIn(ClaimStatus.CANCEL, lambda: "deaf" in said(folder))).code == -signal.SIGKILL


@pytest.mark.parametrize("asked", [ClaimStatus.CANCEL, ClaimStatus.GONE])
def test_workers_in_sessions_of_their_own_end_with_their_launcher(
    run: Callable[..., Ending], folder: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, asked: ClaimStatus
) -> None:
    settings.CANCEL_SECONDS = 0
    monkeypatch.setattr("training.worker.program.LAST_SECONDS", 0)
    run(LAUNCHER, StandIn(asked, lambda: said(folder) == "deaf\ndeaf\n"))
    assert left(folder) == []


def test_a_program_whose_run_was_given_to_another_is_killed_at_once(
    run: Callable[..., Ending], folder: Path, settings: Any
) -> None:
    settings.CANCEL_SECONDS = 10_000
    assert run(DEAF, StandIn(ClaimStatus.GONE, lambda: "deaf" in said(folder))).code == -signal.SIGKILL
    assert not (folder / "cancel").exists()


def test_what_a_program_started_ends_with_it(run: Callable[..., Ending], folder: Path) -> None:
    run("import subprocess; subprocess.Popen(['sleep', '600'], start_new_session=True)")
    assert left(folder) == []


def test_where_the_keeper_was_killed_the_worker_ends_the_rest(run: Callable[..., Ending], folder: Path) -> None:
    def kill_keeper() -> None:
        if said(folder) == "deaf\ndeaf\n" and alive(keeper_of(folder)):
            os.kill(keeper_of(folder), signal.SIGKILL)

    assert run(LAUNCHER, listen=kill_keeper).code == -signal.SIGKILL
    assert left(folder) == []


def keeper_of(folder: Path) -> int:
    return int((folder / "lock").read_text())


def left(folder: Path) -> list[int]:
    """The processes of the program in this folder."""
    return [one.pid for one in survivors.processes() if one.directory == folder]


@pytest.fixture
def abandon(folder: Path, settings: Any) -> Iterator[Callable[..., None]]:
    """A program that has come to a point of its log, whose worker is killed then."""

    def abandoned(text: str, until: str, patience: float = 600) -> None:
        settings.CANCEL_SECONDS = patience
        worker = os.fork()
        if not worker:
            program = Program([sys.executable, "-c", text, str(folder)], folder, environment(folder))
            follow(StandIn(), program, lambda: None)
            os._exit(0)
        wait_for(lambda: until in said(folder))
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)

    yield abandoned
    kill(left(folder))


def test_a_program_stops_in_order_when_its_worker_dies(abandon: Callable[..., None], folder: Path) -> None:
    abandon(STEADY, until="started")
    wait_for(lambda: not left(folder))
    assert "saved" in said(folder)


def test_one_that_looks_at_no_file_is_asked_by_sigterm_then(abandon: Callable[..., None], folder: Path) -> None:
    abandon(SLEEPY, until="asleep", patience=0)
    wait_for(lambda: not left(folder))


def test_a_program_that_outlived_its_worker_is_killed_before_the_next_starts(
    abandon: Callable[..., None], run: Callable[..., Ending], folder: Path
) -> None:
    abandon(LAUNCHER, until="deaf\ndeaf")
    outlived = left(folder)
    assert len(outlived) > 2
    run("print('mine')")
    assert [pid for pid in outlived if alive(pid)] == []
    assert said(folder).endswith("mine\n")


def test_what_outlived_its_keeper_too_is_killed_before_the_next_starts(
    abandon: Callable[..., None], run: Callable[..., Ending], folder: Path
) -> None:
    abandon(LAUNCHER, until="deaf\ndeaf")
    os.kill(keeper_of(folder), signal.SIGKILL)
    wait_for(lambda: len(left(folder)) == 2)
    outlived = left(folder)
    run("print('mine')")
    assert [pid for pid in outlived if alive(pid)] == []


def test_what_nobody_keeps_is_ended_wherever_it_ran(abandon: Callable[..., None], folder: Path) -> None:
    abandon(LAUNCHER, until="deaf\ndeaf")
    survivors.end_abandoned(folder / "other")
    survivors.end_abandoned(folder)
    assert len(left(folder)) > 2
    os.kill(keeper_of(folder), signal.SIGKILL)
    wait_for(lambda: len(left(folder)) == 2)
    survivors.end_abandoned(folder)
    wait_for(lambda: not left(folder))


def test_a_worker_that_is_to_stop_waits_for_no_other_machine(run: Callable[..., Ending], folder: Path) -> None:
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(RunStopped):
            run("print('mine')", StandIn(ClaimStatus.CANCEL))
    assert said(folder) == ""
