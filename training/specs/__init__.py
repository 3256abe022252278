"""What a run is to do: one typed struct per kind of program, the same for pages, admin, API, recipes and programs.

A default is right for a real model of 7 to 13 billion parameters; where a paper is silent it is a neighbouring
recipe's. Paths are absolute or relative to the run directory. Knows nothing of Django or torch.
"""

from typing import Any, cast

import msgspec

from training.specs.answers import MT_BENCH_OTHERWISE, MT_BENCH_TEMPERATURES, Draw, KeepBest, Sample, Score, Spread
from training.specs.dpo import Dpo
from training.specs.head import LARGE, TYPES, DataFile, Engine, Spec, SpecError, Template, named_templates
from training.specs.kto import Kto
from training.specs.online import Online
from training.specs.others import Create, LmEval, Merge
from training.specs.reward import Reward
from training.specs.sft import Sft
from training.specs.shared.adapters import ALL_LINEAR, LORA_ALPHA
from training.specs.trainers import Training

__all__ = [
    "ALL_LINEAR",
    "LARGE",
    "LORA_ALPHA",
    "MT_BENCH_OTHERWISE",
    "MT_BENCH_TEMPERATURES",
    "SPECS",
    "TYPES",
    "Create",
    "DataFile",
    "Dpo",
    "Draw",
    "Engine",
    "KeepBest",
    "Kto",
    "LmEval",
    "Merge",
    "Online",
    "Reward",
    "Sample",
    "Score",
    "Sft",
    "Spec",
    "SpecError",
    "Spread",
    "Template",
    "Training",
    "named_templates",
    "parse",
    "spec_class",
    "to_json",
]

SPECS: dict[str, type[Spec]] = {
    str(spec.__struct_config__.tag): spec
    for spec in (Create, Sft, Reward, Sample, Score, KeepBest, Dpo, Kto, Online, Merge, LmEval)
}


def spec_class(kind: str) -> type[Spec]:
    if kind not in SPECS:
        raise SpecError("kind", f"there is no {kind!r}; the kinds are {', '.join(SPECS)}")
    return SPECS[kind]


def parse(kind: str, fields: dict[str, Any]) -> Spec:
    """A checked spec from plain data. Raises SpecError."""
    wanted = spec_class(kind)
    try:
        return msgspec.convert({**fields, "kind": kind}, wanted)
    except msgspec.ValidationError as error:
        raise explain(wanted, str(error)) from error


def explain(wanted: type[Spec], message: str) -> SpecError:
    """msgspec's message, beginning with the field's name and ending with what the field is for."""
    what, _, where = message.partition(" - at `$")
    path = where.rstrip("`").lstrip(".")
    if "unknown field" in what:
        return SpecError(path, f"{what}; {wanted.__name__} has {', '.join(wanted.__struct_fields__)}")
    if not path:
        # A rule between fields, which names its field itself.
        name, _, problem = what.partition(": ")
        return SpecError(name, problem)
    return SpecError(path, f"{what}. {help_text(wanted, path)}".strip())


def help_text(wanted: type[Spec], name: str) -> str:
    """What a field is for; empty where there is no such field."""
    described = cast(msgspec.inspect.StructType, msgspec.inspect.type_info(wanted)).fields
    return next((description(field.type) for field in described if field.name == name), "")


def description(kind: msgspec.inspect.Type) -> str:
    if isinstance(kind, msgspec.inspect.Metadata):
        return str((kind.extra_json_schema or {}).get("description", ""))
    return ""


def to_json(spec: Spec) -> bytes:
    return msgspec.json.format(msgspec.json.encode(spec), indent=2)
