"""The packages that programs stand on: which this machine has, and whether they go together."""

from collections.abc import Iterator, Mapping
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


def used(settings: Mapping[str, Any], trains: bool) -> dict[str, str]:
    """The versions of those that a run with these settings loads, as far as they are there."""
    names = {*EVERY, *(TRAINERS if trains else ())}
    names.update(needed(settings))
    if settings.get("engine") == "auto" and settings.get("gpus"):
        names.add("vllm")
    return {name: found for name, found in installed().items() if name in names}


def needed(settings: Mapping[str, Any]) -> list[str]:
    """The modules without which a run with these settings would end after it had begun."""
    return list(dict.fromkeys(module for name, values, module in ASKED_BY if values & chosen(settings.get(name))))


def chosen(given: Any) -> frozenset[Any]:
    return frozenset(given if isinstance(given, list | tuple) else [given])


def conflicts(found: Mapping[str, str]) -> Iterator[str]:
    """What these packages ask of each other, and do not get."""
    for name, known in found.items():
        for line in requires(name) or []:
            wanted = Requirement(line)
            has = found.get(wanted.name)
            applies = wanted.marker is None or wanted.marker.evaluate({"extra": ""})
            if has and applies and not wanted.specifier.contains(has, prereleases=True):
                yield f"{name} {known} needs {wanted.name} {wanted.specifier}, and {has} is installed"
