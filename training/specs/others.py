"""Settings of a model from scratch, and of classical benchmarks."""

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta

from training.specs.head import LARGE, Engine, GpuMemory, Spec, Template


class Create(Spec, frozen=True, kw_only=True, tag="create"):
    """A tokenizer and a Llama from scratch, untrained: what a demonstration or a test starts from."""

    INPUTS = ("corpus",)
    NEEDS_BASE = False

    template: Annotated[Template, Meta(description="Chat template of the new tokenizer.")] = "tiny"
    vocabulary: Annotated[int, Meta(ge=300, le=200_000, description="Tokens of the byte-level BPE.")] = 640
    width: Annotated[int, Meta(ge=8, le=16_384, description="Size of the hidden states.")] = 128
    layers: Annotated[int, Meta(ge=1, le=256, description="Transformer blocks.")] = 2
    heads: Annotated[int, Meta(ge=1, le=256, description="Attention heads.")] = 4
    positions: Annotated[int, Meta(ge=16, le=1_000_000, description="Longest sequence in tokens.")] = 512

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        if self.width % (2 * self.heads):
            yield f"width: {self.width} must be a multiple of twice the {self.heads} heads"
        if self.template == "own":
            yield "template: a new tokenizer has none of its own; name one"


class Merge(Spec, frozen=True, kw_only=True, tag="merge"):
    """Several checkpoints of one architecture as one: the mean of their weights, or a point on the arc of two."""

    PLUMBING = Spec.PLUMBING | {"others"}

    gpus: Annotated[int, Meta(ge=0, le=0, description="It needs none.")] = 0
    precision: Annotated[Literal["bf16", "fp16", "fp32"], Meta(description="It keeps the base's.")] = "fp32"
    others: Annotated[tuple[str, ...], Meta(description="Checkpoints that the base is merged with.")] = ()
    way: Annotated[
        Literal["linear", "slerp"], Meta(description="linear is the mean by weights; slerp an arc between two.")
    ] = "linear"
    weights: Annotated[
        tuple[Annotated[float, Meta(gt=0)], ...],
        Meta(description="With linear: a weight for each checkpoint, the base first; empty is 1 each."),
    ] = ()
    share: Annotated[
        float, Meta(ge=0, le=1, description="With slerp: how far from the base to the other; 0 is the base.")
    ] = 0.5

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        if self.way == "slerp" and self.weights:
            yield "weights: slerp has share in their place; leave them empty, or use linear"
        if self.way == "linear" and self.share != 0.5:
            yield "share: linear has weights in its place; leave 0.5, or use slerp"


class LmEval(Spec, frozen=True, kw_only=True, tag="lm_eval"):
    """Classical benchmarks of one checkpoint, by EleutherAI's evaluation harness."""

    PLUMBING = Spec.PLUMBING | {"tasks_dir"}

    tasks: Annotated[
        tuple[str, ...], Meta(min_length=1, description="Tasks of the harness, or groups of them such as mmlu.")
    ] = ("arc_challenge", "hellaswag", "mmlu", "truthfulqa_mc2", "gsm8k")
    tasks_dir: Annotated[str, Meta(description="Directory of task files besides the harness's own.")] = ""
    num_fewshot: Annotated[int, Meta(ge=-1, le=100, description="Examples shown; -1 is each task's own number.")] = -1
    limit: Annotated[
        int, Meta(ge=0, lt=LARGE, description="Items of each task; 0 takes all. A limit is for trying only.")
    ] = 0
    batch_size: Annotated[int, Meta(ge=1, lt=LARGE, description="Requests that the model answers at once.")] = 16
    chat: Annotated[bool, Meta(description="Ask in the chat template, as an instruction-tuned model is used.")] = False
    max_length: Annotated[int, Meta(ge=0, lt=LARGE, description="Tokens of context; 0 is the model's own limit.")] = 0
    engine: Annotated[Engine, Meta(description="auto is vLLM where it is installed.")] = "auto"
    gpu_memory: GpuMemory = 0.9

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        if len(set(self.tasks)) < len(self.tasks):
            yield "tasks: a task is named twice; name each once"
