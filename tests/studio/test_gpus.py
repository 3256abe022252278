"""Which GPUs there are, which an operator leaves to runs, and whether somebody works on one."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from studio import gpus
from studio.gpus import Gpu, for_runs, installed, is_free, take
from tests.nvidia import answer, install_gpus

__all__ = ["install_gpus"]


def test_they_are_what_the_driver_says(install_gpus: Callable[[int], None]) -> None:
    install_gpus(2)
    assert for_runs() == [Gpu(0, "GPU-0a", "NVIDIA H200", 143771), Gpu(1, "GPU-1a", "NVIDIA H200", 143771)]


def test_one_that_shares_the_memory_of_its_processor_has_no_figure() -> None:
    assert gpus.gpu_of("0, GPU-a, NVIDIA GB10, [N/A]") == Gpu(0, "GPU-a", "NVIDIA GB10", 0)


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
