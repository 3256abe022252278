"""A program on a leash is the program itself, and ends with whoever started it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from studio import leash
from studio.leash import leashed


def test_it_has_the_process_that_was_started_and_its_words() -> None:
    with subprocess.Popen(
        leashed(["sh", "-c", 'echo $$ "$1"', "sh", "a b"], signal.SIGTERM), stdout=-1, text=True
    ) as it:
        assert it.communicate(timeout=120)[0] == f"{it.pid} a b\n"


def test_a_program_that_is_not_there_is_named() -> None:
    done = subprocess.run(leashed(["no-such-program"], signal.SIGTERM), capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert done.stderr == "no-such-program cannot be started: No such file or directory\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_one_whose_parent_died_before_it_could_ask_ends_too() -> None:
    words = [
        sys.executable,
        "-IS",
        leash.__file__,
        str(int(signal.SIGKILL)),
        "0",
        str(os.getpid() + 1),
        "echo",
        "alive",
    ]
    done = subprocess.run(words, capture_output=True, timeout=120)
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, b"")


def test_nothing_of_ours_runs_between_fork_and_exec() -> None:
    """There a process with threads may stop for good: the reason of the leash."""
    trees = [
        Path(leash.__file__).parent,
        *(Path(leash.__file__).parents[1] / name for name in ("annotation", "training")),
    ]
    users = [file for tree in trees for file in tree.rglob("*.py") if "preexec_fn=" in file.read_text()]
    assert users == []
