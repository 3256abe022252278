"""GPUs where there are none: a program that answers as NVIDIA's does, the edge at which a test may pretend."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from studio import gpus

ANSWERS = """#!/bin/sh
test "$1" = --query-gpu=index,uuid,name,memory.total && test "$2" = --format=csv,noheader,nounits || exit 2
cat <<'END'
{lines}
END
"""


@pytest.fixture
def install_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Puts so many H200 into this machine; the worker's own environment keeps none from runs."""

    def install(n: int) -> None:
        answer(tmp_path / "driver", [f"{index}, GPU-{index}a, NVIDIA H200, 143771" for index in range(n)])
        monkeypatch.setenv("PATH", f"{tmp_path / 'driver'}:{os.environ['PATH']}")
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    # Asked anew each time.
    monkeypatch.setattr(gpus, "installed", gpus.installed.__wrapped__)
    return install


def answer(folder: Path, lines: Sequence[str]) -> None:
    folder.mkdir(exist_ok=True)
    program = folder / "nvidia-smi"
    program.write_text(ANSWERS.format(lines="\n".join(lines)))
    program.chmod(0o755)
