"""What a machine must have for the list `gpu`, and pip cannot bring."""

import shutil
import sys
import sysconfig
from pathlib import Path


def refusal() -> str:
    """Why its packages cannot be installed here; empty where they can."""
    if sys.platform == "linux":
        return ""
    return "The extra gpu is for Linux with NVIDIA GPUs. Leave it out here: make run EXTRAS=train"


def missing() -> list[str]:
    """What runs on GPUs will miss, with what to do. A machine may get it after the packages."""
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    found = {
        "There is no NVIDIA driver here (no nvidia-smi). Runs on GPUs need one, of version 580 or newer.": (
            shutil.which("nvidia-smi")
        ),
        "There is no C++ compiler here. Triton and DeepSpeed compile their kernels: apt install gcc g++": (
            shutil.which("c++")
        ),
        f"There are no headers of Python here. Triton compiles against them: apt install {python}-dev": (
            Path(sysconfig.get_path("include"), "Python.h").exists()
        ),
    }
    return [words for words, there in found.items() if not there]
