"""What a program may know of our environment: all that its libraries hear, and none of our secrets."""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from studio import gpus
from training.worker import survivors

PASSED = {
    "HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER",
    # Where compilers, the linker and the loader look: Triton, DeepSpeed and FlashInfer compile as they go.
    "CC", "CXX", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH",
    "LIBRARY_PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "PKG_CONFIG_PATH", "MAX_JOBS", "NVCC_THREADS", "GLIBC_TUNABLES",
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
    "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
}  # fmt: skip
PASSED_PREFIXES = (
    "LC_", "XDG_", "SSL_", "PYTHON", "VIRTUAL_ENV", "CONDA_", "MALLOC_",
    # GPUs and what their processes talk by.
    "CUDA", "NVIDIA_", "NCCL_", "NVSHMEM_", "NVTE_", "CUBLAS", "CUDNN", "GLOO_", "TP_SOCKET_", "UCX_", "FI_", "IBV_",
    "RDMAV_", "MLX4_", "MLX5_", "OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "ONEDNN_", "DNNL_",
    # Libraries of the programs.
    "TORCH", "PYTORCH_", "TRITON", "XLA_", "ACCELERATE_", "DEEPSPEED_", "DS_", "FSDP_", "HF_", "HUGGINGFACE_",
    "TRANSFORMERS_", "TOKENIZERS_", "DATASETS_", "TRL_", "PEFT_", "BNB_", "BITSANDBYTES_", "LIGER_", "FLASHINFER_",
    "FLASH_", "XFORMERS_", "VLLM_", "RAY_", "LMEVAL_",
)  # fmt: skip
# Where a library takes a secret by a name with its prefix, as the key that a vLLM server asks for. The hub's token
# is meant for programs: the harness fetches its tasks with it.
SECRET = re.compile(r"SECRET|PASSWORD|PASSWD|CREDENTIAL|(^|_)(API_?KEY|KEY|TOKEN)($|_FILE$)")
NO_SECRETS = {"HF_TOKEN", "HUGGINGFACE_HUB_TOKEN"}


def environment(directory: Path, uuids: Sequence[str] = ()) -> dict[str, str]:
    """Ours without its secrets. Of the GPUs it sees those with these UUIDs, and none where it has none.

    Each of the processes that run side by side gets its share of the cores.
    """
    threads = max(1, (os.cpu_count() or 1) // max(settings.GPU_SLOTS, len(gpus.for_runs())))
    begun = {"OMP_NUM_THREADS": str(threads), "PYTHONUNBUFFERED": "1", "TOKENIZERS_PARALLELISM": "false"}
    fixed = {
        # Ninja lies beside Python, in no folder of PATH where `make run` starts from: kernels are compiled by it.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "CUDA_VISIBLE_DEVICES": ",".join(gpu.visible_as for gpu in gpus.for_runs() if gpu.uuid in uuids),
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        survivors.RUN: str(directory.resolve()),
        # A program that renames its processes, as vLLM does, must not write its name over this.
        "SPT_NOENV": "1",
    }
    return begun | {name: value for name, value in os.environ.items() if is_passed(name)} | fixed


def is_passed(name: str) -> bool:
    return (name in PASSED or name.startswith(PASSED_PREFIXES)) and (name in NO_SECRETS or not SECRET.search(name))
