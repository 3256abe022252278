"""What libraries say when a program fails for a known reason, and in its place words with what to do.

The traceback stays in the log, where it is looked for: also that of a process which had no time to leave a result.
Knows specs and neither Django nor torch.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from training.specs import Sample, Score, Spec, Training

# Below this many tokens a shorter limit cuts what should be learnt.
SHORT = 512


@dataclass(frozen=True)
class KnownFailure:
    """`says` is looked for in an error's text; `words` are made of the spec and what was found."""

    says: re.Pattern[str]
    words: Callable[[Spec, "re.Match[str]"], str]


def explain(text: str, spec: Spec) -> str:
    """What happened and what helps; empty where the reason is not known."""
    for known in KNOWN:
        if found := known.says.search(text):
            return known.words(spec, found)
    return ""


def gpu_memory(spec: Spec, found: "re.Match[str]") -> str:
    asked = f" when {found['asked']} more was asked for" if found["asked"] else ""
    return f"The memory of a GPU ran out{asked}. {less_memory(spec)}"


def host_memory(spec: Spec, found: "re.Match[str]") -> str:
    where = " The run has no GPU, so the model lies there too." if not spec.gpus else ""
    return f"The memory of the machine ran out.{where} {less_memory(spec)}"


def less_memory(spec: Spec) -> str:
    """The one setting that helps most and costs least, with the value to try."""
    match spec:
        case Training():
            return less_to_train(spec)
        case Sample() if found := half("batch_size", spec.batch_size):
            return f"{found} With vLLM, lower gpu_memory or max_context, or raise tensor_parallel."
        case Score() if found := half("batch_tokens", spec.batch_tokens):
            return f"{found} If the model itself does not fit, raise tensor_parallel."
    return "Use a GPU or a machine with more memory."


def less_to_train(spec: Training) -> str:
    """In this order: what changes nothing but the time, then what shares out, then what changes the training."""
    held = spec.device_batch_size
    if held > 1:
        times = f"{held // 2} × {spec.world} devices" if spec.world > 1 else f"{held // 2}"
        return (
            f"Lower micro_batch_size from {held} to {held // 2}: the batch of {spec.batch_size} stays the same and is"
            f" added up of {times} at a time."
        )
    if not spec.gradient_checkpointing:
        return "Turn gradient_checkpointing on: a third more time, and most of the memory of activations is saved."
    if spec.world > 1 and spec.sharding != "zero3":
        return f"Set sharding to zero3, which shares weights, gradients and optimiser out over {spec.world} devices."
    if not spec.lora_rank:
        return "Train an adapter (lora_rank 16), or share the weights out over more GPUs (gpus, sharding zero3)."
    if spec.max_length >= 2 * SHORT:
        return f"Lower max_length from {spec.max_length} to {spec.max_length // 2}, or use more GPUs with zero3."
    return "Use more GPUs with sharding zero3, or GPUs with more memory."


def half(name: str, value: int) -> str:
    return f"Lower {name} from {value} to {value // 2}." if value > 1 else ""


def engine_memory(spec: Spec, found: "re.Match[str]") -> str:
    share = f" from {spec.gpu_memory:g}" if isinstance(spec, Sample | Score) else ""
    return (
        "vLLM had no memory left for the tokens of answers beside the weights. Lower max_context, raise gpu_memory"
        f"{share}, or raise tensor_parallel so that more GPUs hold one copy of the model."
    )


def engine_start(spec: Spec, found: "re.Match[str]") -> str:
    share = f" {spec.gpu_memory:g}" if isinstance(spec, Sample | Score) else ""
    return (
        f"vLLM found less free memory on a GPU than the share that it is to take (gpu_memory{share}). Something else"
        " uses this GPU: look with nvidia-smi, or lower gpu_memory."
    )


def disk_full(spec: Spec, found: "re.Match[str]") -> str:
    return (
        "The disk of the runs is full, so a file could not be written. Free some room (Settings → Health says how much"
        " is left), then resume the run: it goes on from its newest whole checkpoint."
    )


def corrupt(spec: Spec, found: "re.Match[str]") -> str:
    return (
        "The weights of a checkpoint cannot be read: the file is cut or was changed. Copy the checkpoint anew from"
        f" where it comes, and compare the sizes of its files. It said: {found[0].strip()}."
    )


def other_shape(spec: Spec, found: "re.Match[str]") -> str:
    return (
        "The weights of a checkpoint have other shapes than its config.json says. The two are of different models:"
        " copy both anew from one place. The log names the weights."
    )


def no_weights(spec: Spec, found: "re.Match[str]") -> str:
    return (
        f"The folder of a checkpoint has no weights ({found['file']}). Weights are read as safetensors only: copy them"
        " there, or convert a .bin with transformers' save_pretrained."
    )


def unknown_architecture(spec: Spec, found: "re.Match[str]") -> str:
    return (
        f"The checkpoint is of the architecture {found['kind']}, which the installed transformers does not know."
        " Install a version that does; or, if the checkpoint brings Python files of its own, an admin may allow them"
        " on its page."
    )


def no_language_model(spec: Spec, found: "re.Match[str]") -> str:
    return f"The checkpoint is a {found['kind']} model, which does not write text. Choose a causal language model."


def code_not_allowed(spec: Spec, found: "re.Match[str]") -> str:
    return (
        "The checkpoint needs Python files of its own, and nobody allowed them to run. An admin reads them and allows"
        " them on the checkpoint's page; then resume the run."
    )


def lost_process(spec: Spec, found: "re.Match[str]") -> str:
    return (
        "One of the program's processes waited too long for another, most often because that one had died or hangs."
        " The log names the first that failed. Resume the run; if it happens again, look at the GPUs with nvidia-smi."
    )


# Whoever lost a process may say so because another had no memory left: that is looked for first.
KNOWN = tuple(
    KnownFailure(re.compile(says), words)
    for says, words in (
        (r"(?:CUDA|HIP) out of memory(?:\. Tried to allocate (?P<asked>[\d.]+ \w+))?", gpu_memory),
        (r"CUDA error: out of memory|CUBLAS_STATUS_ALLOC_FAILED(?P<asked>)", gpu_memory),
        (r"No available memory for the cache blocks|larger than the available KV cache memory", engine_memory),
        (r"Free memory on device .{0,80}is less than desired GPU memory utilization", engine_start),
        (r"DefaultCPUAllocator: can't allocate memory|\bMemoryError\b|\[Errno 12\]", host_memory),
        (r"\[Errno (?:28|27|122)\]|\(os error (?:28|27|122)\)|No space left on device", disk_full),
        (r"enforce fail at inline_container\.cc|PytorchStreamWriter failed writing", disk_full),
        (r"Error while deserializing header[^\n]*", corrupt),
        (r"Reinit due to size mismatch|`ignore_mismatched_sizes` to `False`", other_shape),
        (r"no file named (?P<file>\S+)[^\n]* found in directory", no_weights),
        (r"model type `(?P<kind>[^`]+)` but Transformers does not recognize", unknown_architecture),
        (r"Model architectures \['(?P<kind>\w+)'\][^\n]* are not supported", unknown_architecture),
        (r"Unrecognized configuration class <class '[\w.]+\.(?P<kind>\w+?)Config'>", no_language_model),
        (r"contains custom code which must be executed|trust_remote_code=True", code_not_allowed),
        (r"Watchdog caught collective operation timeout|Connection closed by peer", lost_process),
    )
)
