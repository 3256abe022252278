"""A tree of real processes ends as a whole, whatever they do, and as its program ends."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.process_tree import kept, kill, living

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has subreapers")

UP = "import os, signal, subprocess, sys, time; print('up', os.getpid(), flush=True); "
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
UNTIL_GO = "\nwhile not os.path.exists('go'): time.sleep(0.01)\n"
CHILD = DEAF + UP + "time.sleep(600)"
# As torch's elastic starts them: each in a session of its own.
LAUNCHER = (
    UP
    + f"""
for _ in range(2):
    subprocess.Popen([sys.executable, "-c", {CHILD!r}], start_new_session=True)
"""
)
# Its child is nobody's once the one between has ended.
ABANDONS = (
    UP
    + f"""
if not os.fork():
    os.setsid()
    for _ in range(2):
        if not os.fork():
            os.execv(sys.executable, [sys.executable, "-c", {CHILD!r}])
    os._exit(0)
os.wait()
"""
)
# It starts the next before it ends: whoever looks at the wrong moment finds it gone.
HOPS = (
    UP
    + """
def hop():
    while True:
        if os.fork():
            os._exit(0)
        os.setsid()
if not os.fork():
    hop()
os.wait()
"""
)
SAVES = UP + "\nwhile not os.path.exists('stop'): time.sleep(0.01)\nprint('saved')"
HEEDS = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); " + UP + "time.sleep(600)"

Tree = subprocess.Popen[bytes]
Start = Callable[..., Tree]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a program's text as a tree, and waits until so many processes of it are up."""

    def started(text: str, up: int = 1, patience: float = 600, last: float = 600) -> Tree:
        words = kept([sys.executable, "-c", text], tmp_path / "stop", patience, last)
        with (tmp_path / "log").open("wb") as log:
            tree = subprocess.Popen(words, stdout=log, stderr=log, cwd=tmp_path)
        wait_for(lambda: len(started_by(tmp_path)) == up)
        return tree

    yield started
    kill(at_work_in(tmp_path))


def wait_for(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def started_by(folder: Path) -> list[int]:
    return [int(pid) for pid in re.findall(r"up (\d+)\n", (folder / "log").read_text())]


def at_work_in(folder: Path) -> list[int]:
    """Whoever has it as its working folder."""
    return [pid for pid, _ in living() if working_folder(pid) == os.path.realpath(folder)]


def working_folder(pid: int) -> str:
    """Empty where we may not ask."""
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return ""


@pytest.mark.parametrize("text", [LAUNCHER, ABANDONS], ids=["sessions of their own", "abandoned"])
def test_what_a_program_leaves_ends_with_it(start: Start, tmp_path: Path, text: str) -> None:
    tree = start(text + UNTIL_GO, up=3)
    (tmp_path / "go").touch()
    assert tree.wait(60) == 0
    assert at_work_in(tmp_path) == []


def test_what_forks_without_end_ends_too(start: Start, tmp_path: Path) -> None:
    tree = start(HOPS + UNTIL_GO)
    (tmp_path / "go").touch()
    assert tree.wait(60) == 0
    assert at_work_in(tmp_path) == []


def test_a_stop_begins_with_a_file_and_the_program_ends_by_itself(start: Start, tmp_path: Path) -> None:
    tree = start(SAVES)
    tree.terminate()
    assert tree.wait(60) == 0
    assert "saved" in (tmp_path / "log").read_text()


def test_one_that_heeds_no_file_gets_sigterm(start: Start) -> None:
    tree = start(HEEDS, patience=0)
    tree.terminate()
    assert tree.wait(60) == 7


@pytest.mark.parametrize("text", [LAUNCHER, ABANDONS], ids=["sessions of their own", "abandoned"])
def test_those_that_heed_nothing_are_killed(start: Start, tmp_path: Path, text: str) -> None:
    tree = start(DEAF + text + "time.sleep(600)", up=3, patience=0, last=0)
    tree.terminate()
    assert tree.wait(60) == -signal.SIGKILL
    assert at_work_in(tmp_path) == []


def test_nothing_is_killed_before_its_grace_is_over(start: Start, tmp_path: Path) -> None:
    tree = start(DEAF + LAUNCHER + "time.sleep(600)", up=3, patience=0)
    tree.terminate()
    tree.terminate()
    wait_for((tmp_path / "stop").exists)
    time.sleep(0.3)
    assert set(started_by(tmp_path)) <= set(at_work_in(tmp_path))
    for pid in started_by(tmp_path):
        os.kill(pid, signal.SIGKILL)
    tree.wait(60)


def test_its_end_is_that_of_its_program(start: Start) -> None:
    assert start(UP + "sys.exit(3)").wait(60) == 3
    assert start(UP + "os.kill(os.getpid(), signal.SIGSEGV)").wait(60) == -signal.SIGSEGV


def test_the_program_dies_with_a_keeper_that_was_killed(start: Start, tmp_path: Path) -> None:
    start(UP + "time.sleep(600)").kill()
    wait_for(lambda: not at_work_in(tmp_path))


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    words = kept(["no-such-program"], tmp_path / "stop", 1, 1)
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (1, "no-such-program cannot be started: No such file or directory\n")
