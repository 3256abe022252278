"""The head that all kinds of programs share, and what they refuse by."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, get_args

import msgspec
from msgspec import Meta

Template = Literal[
    "own", "vicuna", "openchat", "openchat_v2", "xverse", "llama2", "llama3",
    "chatml", "qwen", "mistral", "gemma", "phi", "alpaca", "tiny",
]  # fmt: skip
Engine = Literal["auto", "transformers", "vllm"]
GpuMemory = Annotated[float, Meta(gt=0, le=1, description="Share of a GPU's memory that vLLM takes.")]
# Of torch, by the names of precisions.
TYPES = {"bf16": "bfloat16", "fp16": "float16", "fp32": "float32"}
# Seeds and counts stay below: every generator takes them, and JSON of 64 bits holds them.
LARGE = 2**31


def named_templates() -> list[tuple[str, str]]:
    """As choices; `own` is a checkpoint's and has no name."""
    return [(name, name) for name in get_args(Template) if name != "own"]


class SpecError(ValueError):
    """A spec or its data cannot be run. Names the field, what is wrong with it and what would be right."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}" if field else problem)
        self.field = field
        self.problem = problem


class DataFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Frozen input: JSON lines at `path` whose bytes have this digest."""

    path: str
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Spec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """The head that all kinds share. `PLUMBING` is filled in by who launches, the rest by a person or a recipe."""

    PLUMBING: ClassVar[frozenset[str]] = frozenset({"base", "data", "trust_remote_code", "versions"})
    # Names that `data` must have.
    INPUTS: ClassVar[tuple[str, ...]] = ()
    NEEDS_BASE: ClassVar[bool] = True
    # The heading in forms of the settings that a class adds; those of a kind that has no other stand under none.
    THEME: ClassVar[str] = "Model and machine"

    base: Annotated[str, Meta(description="Checkpoint directory that the run starts from.")] = ""
    data: Annotated[dict[str, DataFile], Meta(description="Input files by name.")] = {}
    template: Annotated[Template, Meta(description="Chat template; own is the checkpoint's.")] = "own"
    seed: Annotated[int, Meta(ge=0, lt=LARGE, description="Fixes every random choice of the program.")] = 0
    gpus: Annotated[int, Meta(ge=0, le=64, description="Processes, one for each GPU. 0 runs on the CPU.")] = 1
    gpu_size: Annotated[
        int,
        Meta(ge=0, le=1024, description="GB that each GPU must have; 0: as estimated from weights and optimiser."),
    ] = 0
    precision: Annotated[
        Literal["bf16", "fp16", "fp32"],
        Meta(description="Number format; fp16 is for GPUs before Ampere, use fp32 on a CPU."),
    ] = "bf16"
    threads: Annotated[int, Meta(ge=0, le=256, description="CPU threads; 0 leaves it to the worker.")] = 0
    trust_remote_code: Annotated[bool, Meta(description="An administrator allowed the checkpoint's own code.")] = False
    versions: Annotated[dict[str, str], Meta(description="Package versions wanted; a difference is reported.")] = {}

    def __post_init__(self) -> None:
        """Raises ValueError with every rule that does not hold, a line each."""
        if broken := list(self.rules()):
            raise ValueError("\n".join(broken))

    def rules(self) -> Iterator[str]:
        """What is wrong between settings, each beginning with the name of the one to change."""
        if self.precision == "fp16" and not self.gpus:
            yield "precision: fp16 needs a GPU; on a CPU use fp32"

    @property
    def kind(self) -> str:
        return str(self.__struct_config__.tag)
