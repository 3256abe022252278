"""The packages that programs stand on: which this machine has, and whether they go together."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Any

from packaging.requirements import Requirement

EVERY = ("torch", "transformers", "tokenizers")
TRAINERS = ("trl", "accelerate", "datasets", "peft")
# What a setting stands on, by the values that ask for it. These are names of modules.
ASKED_BY: tuple[tuple[str, frozenset[Any], str], ...] = (
    ("engine", frozenset({"vllm"}), "vllm"),
    ("sharding", frozenset({"zero1", "zero2", "zero3"}), "deepspeed"),
    ("attention", frozenset({"flash_attention_2"}), "flash_attn"),
    ("attention", frozenset({"flash_attention_3"}), "flash_attn_interface"),
    ("liger", frozenset({True}), "liger_kernel"),
    ("quantize", frozenset({"4bit", "8bit"}), "bitsandbytes"),
    ("trackers", frozenset({"tensorboard"}), "tensorboard"),
    ("trackers", frozenset({"trackio"}), "trackio"),
    ("optimizer", frozenset({"adamw_8bit", "paged_adamw", "paged_adamw_8bit"}), "bitsandbytes"),
)
OTHERS = tuple(dict.fromkeys(module for _, _, module in ASKED_BY))


@cache
def installed() -> dict[str, str]:
    """Their versions, by name."""
    found = {}
    for name in (*EVERY, *TRAINERS, *OTHERS):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def names(settings: Mapping[str, Any], trains: bool) -> set[str]:
    """Those that a run with these settings loads where they are there."""
    found = {*EVERY, *(TRAINERS if trains else ()), *needed(settings)}
    return found | ({"vllm"} if settings.get("engine") == "auto" and settings.get("gpus") else set())


def used(settings: Mapping[str, Any], trains: bool) -> dict[str, str]:
    """The versions of those that a run with these settings loads, as far as they are there."""
    loaded = names(settings, trains)
    return {name: found for name, found in installed().items() if name in loaded}


def needed(settings: Mapping[str, Any]) -> list[str]:
    """The modules without which a run with these settings would end after it had begun."""
    return list(dict.fromkeys(module for name, values, module in ASKED_BY if values & chosen(settings.get(name))))


def chosen(given: Any) -> frozenset[Any]:
    return frozenset(given if isinstance(given, list | tuple) else [given])


def asking(settings: Mapping[str, Any]) -> Iterator[str]:
    """The settings that ask for a module of their own."""
    return (name for name, values, _ in ASKED_BY if settings.get(name) in values)


@dataclass(frozen=True)
class PackageConflict:
    """What one of these packages asks of another and does not get; it matters to runs that load all of them."""

    packages: tuple[str, ...]
    says: str


def conflicts(found: Mapping[str, str]) -> Iterator[PackageConflict]:
    """Among packages of these versions, as their own lists of requirements say.

    What one asks for only beside a third, as TRL does of vLLM or DeepSpeed, counts where that is there.
    """
    for name, known in found.items():
        for wanted in map(Requirement, requires(name) or []):
            has = found.get(wanted.name)
            if has and not wanted.specifier.contains(has, prereleases=True):
                beside = next((extra for extra in ("", *found) if applies(wanted, extra)), None)
                if beside is not None:
                    says = f"{name} {known} needs {wanted.name} {wanted.specifier}, and {has} is installed"
                    yield PackageConflict(tuple(dict.fromkeys(filter(None, (name, wanted.name, beside)))), says)


def applies(wanted: Requirement, extra: str) -> bool:
    return wanted.marker is None or wanted.marker.evaluate({"extra": extra})


@cache
def announced() -> list[dict[str, Any]]:
    """All conflicts of this machine, as a worker tells of them; asked once."""
    return [asdict(conflict) for conflict in conflicts(installed())]
