"""One run on two machines: network namespaces with an address each, which see one folder and no other machine."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.training.jobs.conftest import PREFERENCES, Run, make
from tests.training.jobs.test_processes import losses
from tests.training.jobs.test_stopping import ROOT
from training.commands import command

FIRST, SECOND = "10.213.7.1", "10.213.7.2"


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def machines() -> Iterator[tuple[str, str]]:
    """Names of two namespaces with a cable between them."""
    names = (f"xw{os.getpid()}a", f"xw{os.getpid()}b")
    try:
        for name in names:
            ip("netns", "add", name)
        ip("link", "add", names[0], "netns", names[0], "type", "veth", "peer", "name", names[1], "netns", names[1])
        for name, address in zip(names, (FIRST, SECOND), strict=True):
            ip("-n", name, "address", "add", f"{address}/24", "dev", name)
            for link in ("lo", name):
                ip("-n", name, "link", "set", link, "up")
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("network namespaces need root and iproute2")
    yield names
    for name in names:
        ip("netns", "delete", name)


def on(machine: str, words: list[str], log: Path) -> "subprocess.Popen[bytes]":
    """A program on this machine alone."""
    told = os.environ | {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": machine}
    with log.open("wb") as said:
        line = ["ip", "netns", "exec", machine, *words]
        return subprocess.Popen(line, cwd=ROOT, env=told, stdout=said, stderr=said)


def test_two_machines_that_share_a_folder_give_the_losses_of_one(
    do: Run, base: str, tmp_path: Path, machines: tuple[str, str]
) -> None:
    asked: dict[str, Any] = {"base": base, "epochs": 2.0, "save_every": 2}
    alone, expected = do("sft", {"train": PREFERENCES}, "alone", **asked)
    meeting = {"nodes": 2, "rendezvous": f"{FIRST}:29517", "micro_batch_size": 2}
    run = make(tmp_path / "two", "sft", {"train": PREFERENCES}, **asked | meeting)
    second = [sys.executable, "-m", "training.commands", str(run.path), "--node-rank", "1"]
    started = [
        on(machines[0], command(run.spec, run.path), tmp_path / "first.txt"),
        on(machines[1], second, tmp_path / "second.txt"),
    ]
    codes = [program.wait(300) for program in started]
    result = run.read_result()
    assert codes == [0, 0] and result, (tmp_path / "first.txt").read_text()[-3000:]
    assert losses(run) == pytest.approx(losses(alone), abs=1e-5)
    assert result.counts == expected.counts and result.files.keys() == expected.files.keys()
