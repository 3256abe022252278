"""Which GPUs there are, which an operator leaves to runs, and whether somebody works on one."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from studio import gpus
from studio.gpus import Gpu, Usage, for_runs, installed, is_free, take, visible
from tests.nvidia import answer, install_gpus

__all__ = ["install_gpus"]


def test_they_are_what_the_driver_says(install_gpus: Callable[[int], None]) -> None:
    install_gpus(2)
    assert for_runs() == [Gpu(0, "GPU-0a", "NVIDIA H200", 143771), Gpu(1, "GPU-1a", "NVIDIA H200", 143771)]


def test_one_that_shares_the_memory_of_its_processor_has_no_figure() -> None:
    assert gpus.gpu_of(["0", "GPU-a", "NVIDIA GB10", "[N/A]"]) == Gpu(0, "GPU-a", "NVIDIA GB10", 0)


def test_one_that_is_cut_is_its_slices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [
        "GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-a)",
        "  MIG 3g.20gb     Device  0: (UUID: MIG-a1)",
        "  MIG 1g.5gb+me   Device  1: (UUID: MIG-a2)",
        "GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-b)",
    ]
    rows = ["0, GPU-a, NVIDIA A100-SXM4-40GB, 40960, Enabled", "1, GPU-b, NVIDIA A100-SXM4-40GB, 40960"]
    answer(tmp_path, rows, listed=listed)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    whole, *slices = installed.__wrapped__()
    name = "NVIDIA A100-SXM4-40GB MIG"
    assert whole.uuid == "GPU-b" and not whole.is_slice
    assert slices == [Gpu(0, "MIG-a1", f"{name} 3g.20gb", 20480), Gpu(0, "MIG-a2", f"{name} 1g.5gb+me", 5120)]
    assert [gpu.visible_as for gpu in slices] == ["MIG-a1", "MIG-a2"]
    assert [gpu.uuid for gpu in visible([whole, *slices], "MIG-a2,1")] == ["MIG-a2", "GPU-b"]


def test_what_they_do_is_asked_of_the_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(tmp_path, [], usage=["GPU-a, 97, 70312", "GPU-b, [N/A], [N/A]"])
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert gpus.usage() == {"GPU-a": Usage(97, 70312), "GPU-b": Usage(None, None)}


@pytest.mark.parametrize("driver", ["exit 9", None])
def test_without_a_driver_that_answers_there_are_none(
    driver: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if driver:
        answer(tmp_path, [])
        (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\n{driver}\n")
    assert installed.__wrapped__() == ()


@pytest.mark.parametrize(
    ("named", "left"),
    [
        ("2,0", [2, 0]),
        ("GPU-1", [1]),
        (" 1 , GPU-2a", [1, 2]),
        ("0,7,1", [0]),
        ("", []),
        ("-1", []),
        ("NoDevFiles", []),
    ],
)
def test_an_operator_keeps_some_from_runs_in_the_words_of_cuda(
    install_gpus: Callable[[int], None], monkeypatch: pytest.MonkeyPatch, named: str, left: list[int]
) -> None:
    install_gpus(3)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", named)
    assert [gpu.index for gpu in for_runs()] == left


def test_one_is_taken_as_long_as_a_program_that_inherited_its_lock_lives(tmp_path: Path) -> None:
    lock = take(tmp_path, "GPU-a")
    assert lock and not take(tmp_path, "GPU-a")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[lock.fileno()]):
        lock.close()
        assert not is_free(tmp_path, "GPU-a") and is_free(tmp_path, "GPU-b")
    assert is_free(tmp_path, "GPU-a")
