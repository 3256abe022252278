"""GPUs where there are none: a program that answers as NVIDIA's does, the edge at which a test may pretend."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from studio import gpus

ANSWERS = """#!/bin/sh
case "$*" in
"--query-gpu=index,uuid,name,memory.total,mig.mode.current --format=csv,noheader,nounits") cat <<'END'
{lines}
END
;;
"--query-gpu=uuid,utilization.gpu,memory.used --format=csv,noheader,nounits") cat <<'END'
{usage}
END
;;
-L) cat <<'END'
{listed}
END
;;
*) exit 2 ;;
esac
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


def answer(folder: Path, gpus: Sequence[str], usage: Sequence[str] = (), listed: Sequence[str] = ()) -> None:
    """Each GPU as `index, uuid, name, MiB`, with `, Enabled` where it is cut; `listed` are the lines of `-L`."""
    folder.mkdir(exist_ok=True)
    program = folder / "nvidia-smi"
    lines = [line if line.endswith("Enabled") else f"{line}, [N/A]" for line in gpus]
    program.write_text(ANSWERS.format(lines="\n".join(lines), usage="\n".join(usage), listed="\n".join(listed)))
    program.chmod(0o755)
