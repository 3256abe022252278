"""A program on a leash is the program itself, and ends with whoever started it."""

import os
import signal
import subprocess
import sys

import pytest

from studio.die_with_parent import leashed
from studio.embedded.steps import ROOT


def test_it_has_the_process_that_was_started_and_its_words() -> None:
    words = leashed(["sh", "-c", 'echo $$ "$1"', "sh", "a b"], signal.SIGTERM)
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as it:
        assert it.communicate(timeout=120)[0] == f"{it.pid} a b\n"


def test_a_program_that_is_not_there_is_named() -> None:
    done = subprocess.run(leashed(["no-such-program"], signal.SIGTERM), capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert done.stderr == "no-such-program cannot be started: No such file or directory\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_one_whose_parent_died_before_it_could_ask_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getpid", lambda: 0)
    done = subprocess.run(leashed(["echo", "alive"], signal.SIGKILL), capture_output=True, timeout=120)
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, b"")


def test_nothing_of_ours_runs_between_fork_and_exec() -> None:
    """There a process with threads may stop for good: the reason of the leash."""
    ours = [file for name in ("studio", "annotation", "training", "frontend") for file in (ROOT / name).rglob("*.py")]
    assert [file for file in ours if "preexec_fn=" in file.read_text()] == []
