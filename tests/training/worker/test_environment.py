"""What a program hears of its worker's environment."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.nvidia import install_gpus
from training.worker.environment import environment

__all__ = ["install_gpus"]

HEARD = [
    "PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_ALLOC_CONF", "ACCELERATE_MIXED_PRECISION", "TRITON_CACHE_DIR",
    "GLOO_SOCKET_IFNAME", "DS_ACCELERATOR", "DEEPSPEED_LOG_LEVEL", "UCX_TLS", "NCCL_IB_HCA", "XLA_FLAGS",
    "TORCH_NCCL_ASYNC_ERROR_HANDLING", "CUDA_HOME", "CC", "CXX", "CPATH", "LIBRARY_PATH", "LD_PRELOAD",
    "CONDA_PREFIX", "VIRTUAL_ENV", "PYTHONHASHSEED", "FLASHINFER_WORKSPACE_BASE", "BNB_CUDA_VERSION",
    "CUBLAS_WORKSPACE_CONFIG", "VLLM_ATTENTION_BACKEND", "HF_TOKEN", "TOKENIZERS_PARALLELISM", "HF_HOME",
]  # fmt: skip
KEPT_FROM_IT = [
    "DATABASE_URL", "DATABASE_URL_FILE", "REDIS_URL", "STUDIO_SECRET_KEY", "STUDIO_ADMIN_PASSWORD", "OPENAI_API_KEY",
    "AWS_SECRET_ACCESS_KEY", "WANDB_API_KEY", "VLLM_API_KEY", "RAY_PASSWORD", "HF_SECRET", "DS_TOKEN_FILE", "RANK",
    "WORLD_SIZE", "MASTER_ADDR",
]  # fmt: skip


@pytest.mark.parametrize("name", HEARD)
def test_it_hears_what_its_libraries_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    monkeypatch.setenv(name, "as said")
    assert environment(tmp_path)[name] == "as said"


@pytest.mark.parametrize("name", KEPT_FROM_IT)
def test_it_hears_no_secret_and_of_no_other_launcher(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setenv(name, "top secret")
    assert "top secret" not in environment(tmp_path).values()


def test_it_finds_the_programs_of_its_packages_such_as_ninja(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert environment(tmp_path)["PATH"] == f"{Path(sys.executable).parent}:/usr/bin:/bin"


def test_it_sees_its_own_gpus_and_no_others(install_gpus: Callable[[int], None], tmp_path: Path) -> None:
    install_gpus(3)
    told = environment(tmp_path, ["GPU-2a", "GPU-0a"])
    assert (told["CUDA_VISIBLE_DEVICES"], told["CUDA_DEVICE_ORDER"]) == ("0,2", "PCI_BUS_ID")


def test_what_runs_on_the_processor_sees_no_gpu(install_gpus: Callable[[int], None], tmp_path: Path) -> None:
    install_gpus(3)
    assert environment(tmp_path)["CUDA_VISIBLE_DEVICES"] == ""
