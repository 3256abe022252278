"""A child ends with its supervisor, is cleared away when it dies, and is not restarted in a frenzy."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio.embedded.children import Child
from tests.studio.embedded.conftest import runs, wait_for


@pytest.fixture
def sleeper(tmp_path: Path) -> Child:
    return Child("sleeper", ["sleep", "60"], tmp_path / "sleeper.log", os.environ)


def test_it_ends_when_asked(sleeper: Child) -> None:
    sleeper.start()
    sleeper.ask_to_stop()
    sleeper.wait(time.monotonic() + 60)
    assert not sleeper.running
    assert sleeper.last_words == "was killed by SIGTERM"


def test_one_that_does_not_listen_is_killed_at_the_deadline(sleeper: Child) -> None:
    sleeper.command = ["sh", "-c", "trap '' TERM; echo deaf; while true; do sleep 0.1; done"]
    sleeper.start()
    wait_for(lambda: sleeper.log.read_text() != "")
    sleeper.ask_to_stop()
    sleeper.wait(time.monotonic() + 0.3)
    assert sleeper.last_words == "was killed by SIGKILL"


def test_what_it_prints_is_in_its_log(sleeper: Child) -> None:
    sleeper.command = ["sh", "-c", "echo out; echo err >&2; exit 3"]
    sleeper.start()
    sleeper.wait(time.monotonic() + 60)
    assert sleeper.log.read_text() == "out\nerr\n"
    assert sleeper.last_words == "ended with 3"


def test_what_a_dead_child_left_running_is_cleared_away(sleeper: Child) -> None:
    sleeper.command = ["sh", "-c", "sleep 60 & echo $!; wait"]
    sleeper.start()
    wait_for(lambda: sleeper.log.read_text() != "")
    grandchild = int(sleeper.log.read_text())
    os.kill(sleeper.pid, signal.SIGKILL)
    sleeper.wait(time.monotonic() + 60)
    sleeper.bury()
    wait_for(lambda: not runs(grandchild))


def test_the_first_death_is_mended_at_once_and_later_ones_ever_more_slowly(sleeper: Child) -> None:
    sleeper.started_at = time.monotonic()
    assert [sleeper.bury() for _ in range(8)] == [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_one_that_ran_well_for_a_while_starts_with_a_clean_slate(sleeper: Child) -> None:
    sleeper.failures = 5
    sleeper.started_at = time.monotonic() - 60
    assert sleeper.bury() == 0.0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_it_does_not_outlive_a_supervisor_killed_with_9(tmp_path: Path) -> None:
    program = (
        "import os, time; from pathlib import Path; from studio.embedded.children import Child\n"
        f"child = Child('sleeper', ['sleep', '60'], Path({str(tmp_path / 'log')!r}), os.environ); child.start()\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        child = int(supervisor.stdout.readline())
        assert runs(child)
        supervisor.kill()
    wait_for(lambda: not runs(child))


def test_it_gives_way_as_far_as_it_was_told(sleeper: Child) -> None:
    sleeper.niceness = 5
    sleeper.command = ["sh", "-c", "nice; exec sleep 60"]
    sleeper.start()
    wait_for(lambda: sleeper.log.read_text() != "")
    assert int(sleeper.log.read_text()) == os.getpriority(os.PRIO_PROCESS, 0) + 5
    sleeper.ask_to_stop()
    sleeper.wait(time.monotonic() + 60)
