"""What a run is to do: one typed struct per kind of program, the same for pages, admin, API, recipes and programs.

A default is right for a real model of 7 to 13 billion parameters; where a paper is silent it is a neighbouring
recipe's. Paths are absolute or relative to the run directory. Knows nothing of Django or torch.
"""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, cast, get_args

import msgspec
from msgspec import Meta

from training.losses import BETA, SMOOTHED, Loss, ignored_options

Template = Literal[
    "own", "vicuna", "openchat", "openchat_v2", "xverse", "llama2", "llama3",
    "chatml", "qwen", "mistral", "gemma", "phi", "alpaca", "tiny",
]  # fmt: skip
Engine = Literal["auto", "transformers", "vllm"]
LORA_ALPHA = 32.0
Share = Annotated[float, Meta(ge=0, le=1)]
GpuMemory = Annotated[float, Meta(gt=0, le=1, description="Share of a GPU's memory that vLLM takes.")]
# Seeds and counts stay below: every generator takes them, and JSON of 64 bits holds them.
LARGE = 2**31
# FastChat, `fastchat/llm_judge/common.py`: how MT-bench is answered, by category, and a category it does not name.
MT_BENCH_TEMPERATURES = {
    **dict.fromkeys(("writing", "roleplay"), 0.7),
    **dict.fromkeys(("extraction", "math", "coding", "reasoning"), 0.0),
    **dict.fromkeys(("stem", "humanities"), 0.1),
}
MT_BENCH_OTHERWISE = 0.7


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

    base: Annotated[str, Meta(description="Checkpoint directory that the run starts from.")] = ""
    data: Annotated[dict[str, DataFile], Meta(description="Input files by name.")] = {}
    template: Annotated[Template, Meta(description="Chat template; own is the checkpoint's.")] = "own"
    seed: Annotated[int, Meta(ge=0, lt=LARGE, description="Fixes every random choice of the program.")] = 0
    gpus: Annotated[int, Meta(ge=0, le=64, description="Processes, one for each GPU. 0 runs on the CPU.")] = 1
    precision: Annotated[Literal["bf16", "fp32"], Meta(description="Number format; use fp32 on a CPU.")] = "bf16"
    threads: Annotated[int, Meta(ge=0, le=256, description="CPU threads; 0 leaves it to the worker.")] = 0
    trust_remote_code: Annotated[bool, Meta(description="An administrator allowed the checkpoint's own code.")] = False
    versions: Annotated[dict[str, str], Meta(description="Package versions wanted; a difference is reported.")] = {}

    def __post_init__(self) -> None:
        """Raises ValueError with every rule that does not hold, a line each."""
        if broken := list(self.rules()):
            raise ValueError("\n".join(broken))

    def rules(self) -> Iterator[str]:
        """What is wrong between settings, each beginning with the name of the one to change."""
        return iter(())

    @property
    def kind(self) -> str:
        return str(self.__struct_config__.tag)


class Training(Spec, frozen=True, kw_only=True):
    """What every trainer needs."""

    learning_rate: Annotated[float, Meta(gt=0, le=1, description="The highest learning rate of the schedule.")] = 2e-5
    epochs: Annotated[float, Meta(gt=0, le=100, description="Passes over the data.")] = 3.0
    max_steps: Annotated[
        int, Meta(ge=-1, lt=LARGE, description="Train so many steps, whatever epochs says; -1 trains all epochs.")
    ] = -1
    batch_size: Annotated[
        int, Meta(ge=1, lt=LARGE, description="Examples for each optimiser step, over all processes.")
    ] = 128
    micro_batch_size: Annotated[int, Meta(ge=1, lt=LARGE, description="Examples that one device holds at once.")] = 4
    schedule: Annotated[
        Literal["cosine", "linear", "constant_with_warmup"], Meta(description="Course of the learning rate.")
    ] = "cosine"
    warmup: Annotated[float, Meta(ge=0, lt=1, description="Share of the steps spent warming up.")] = 0.03
    weight_decay: Annotated[float, Meta(ge=0, description="Decay of the weights in AdamW.")] = 0.0
    max_grad_norm: Annotated[float, Meta(gt=0, description="Gradients are clipped to this norm.")] = 1.0
    max_length: Annotated[int, Meta(ge=8, lt=LARGE, description="Tokens of prompt and response together.")] = 2048
    replace_template: Annotated[
        bool, Meta(description="Train with the chosen template although the checkpoint has its own.")
    ] = False
    group_by_length: Annotated[bool, Meta(description="Batch examples of like length.")] = False
    gradient_checkpointing: Annotated[bool, Meta(description="Less memory for a third more time.")] = True
    processes: Annotated[int, Meta(ge=1, le=64, description="Processes on a CPU, where gpus is 0.")] = 1
    deepspeed: Annotated[Literal["none", "zero2", "zero3"], Meta(description="Sharding over processes.")] = "none"
    lora_rank: Annotated[int, Meta(ge=0, le=512, description="Rank of LoRA adapters; 0 trains every weight.")] = 0
    lora_alpha: Annotated[float, Meta(gt=0, description="Scale of the LoRA adapters; needs lora_rank.")] = LORA_ALPHA
    log_every: Annotated[int, Meta(ge=1, lt=LARGE, description="Steps between points of a curve.")] = 10
    save_every: Annotated[int, Meta(ge=1, lt=LARGE, description="Steps between resumable checkpoints.")] = 200
    eval_every: Annotated[
        int,
        Meta(ge=0, lt=LARGE, description="Steps between measurements on held-out rows; 0 measures at the end."),
    ] = 0
    keep: Annotated[
        Literal["last", "best"], Meta(description="Weights to keep: best are those of the lowest held-out loss.")
    ] = "last"
    patience: Annotated[
        int, Meta(ge=0, lt=LARGE, description="Stop after so many measurements without a lower loss; 0 never stops.")
    ] = 0

    @property
    def world(self) -> int:
        """Processes that train together."""
        return self.gpus or self.processes

    @property
    def device_batch_size(self) -> int:
        """Examples that one device holds at once."""
        return min(self.micro_batch_size, self.batch_size)

    @property
    def accumulation(self) -> int:
        """Micro batches for each optimiser step on one device."""
        return self.batch_size // (self.device_batch_size * self.world)

    def rules(self) -> Iterator[str]:
        held = self.device_batch_size * self.world
        if self.batch_size % held:
            many = "gpus" if self.gpus else "processes"
            yield f"batch_size: {self.batch_size} must be a multiple of micro_batch_size × {many} = {held}"
        yield from self.rules_of_processes()
        if self.replace_template and self.template == "own":
            yield "replace_template: own is the template that is there; choose another, or leave it"
        if not self.max_steps:
            yield "max_steps: 0 trains nothing; use -1 for all epochs"
        if self.lora_alpha != LORA_ALPHA and not self.lora_rank:
            yield f"lora_alpha: scales adapters, and lora_rank 0 has none; leave {LORA_ALPHA:g} or set lora_rank"
        if self.keep == "best" and not self.eval_every:
            yield "keep: best needs measurements on the way; set eval_every"
        if self.patience and not self.eval_every:
            yield "patience: counts measurements on the way; set eval_every"

    def rules_of_processes(self) -> Iterator[str]:
        if self.gpus and self.processes > 1:
            yield "processes: each GPU has its process already; leave 1"
        if self.deepspeed != "none" and not self.gpus and self.processes < 2:
            yield "deepspeed: shards over gpus, or over several processes; use none on a CPU alone"
        if self.deepspeed != "none" and not self.gpus and self.precision != "fp32":
            yield "precision: DeepSpeed on a CPU needs fp32"


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
        if self.width % (2 * self.heads):
            yield f"width: {self.width} must be a multiple of twice the {self.heads} heads"
        if self.template == "own":
            yield "template: a new tokenizer has none of its own; name one"


class Sft(Training, frozen=True, kw_only=True, tag="sft"):
    """Supervised finetuning on answers only. Also rejection sampling, and the matched control of DPO."""

    INPUTS = ("train",)

    template: Annotated[Template, Meta(description="Chat template; own is the checkpoint's.")] = "vicuna"
    loss_on: Annotated[
        Literal["last_answer", "every_answer"], Meta(description="Which assistant turns are learnt.")
    ] = "every_answer"


class Reward(Training, frozen=True, kw_only=True, tag="reward"):
    """Bradley-Terry reward model: a scalar head in place of the language model's."""

    INPUTS = ("train",)

    learning_rate: Annotated[float, Meta(gt=0, le=1, description="The highest learning rate of the schedule.")] = 1e-5
    epochs: Annotated[float, Meta(gt=0, le=100, description="Passes over the data.")] = 1.0
    margin: Annotated[bool, Meta(description="Subtract the mean grade of a pair in the loss, as Llama 2 did.")] = False
    center: Annotated[float, Meta(ge=0, description="Weight that keeps rewards near zero; 0.01 if any.")] = 0.0


class Dpo(Training, frozen=True, kw_only=True, tag="dpo"):
    """Direct preference optimisation against a frozen reference."""

    PLUMBING = Spec.PLUMBING | {"reference"}
    INPUTS = ("train",)

    reference: Annotated[str, Meta(description="Reference checkpoint; empty takes the base.")] = ""
    learning_rate: Annotated[float, Meta(gt=0, le=1, description="The highest learning rate of the schedule.")] = 5e-7
    epochs: Annotated[float, Meta(gt=0, le=100, description="Passes over the data.")] = 1.0
    warmup: Annotated[float, Meta(ge=0, lt=1, description="Share of the steps spent warming up.")] = 0.1
    beta: Annotated[float, Meta(gt=0, le=100, description="How dear it is to leave the reference.")] = BETA
    losses: Annotated[tuple[Loss, ...], Meta(min_length=1, description="Losses that are added up.")] = ("sigmoid",)
    loss_weights: Annotated[tuple[float, ...], Meta(min_length=1, description="A weight for each loss.")] = (1.0,)
    label_smoothing: Annotated[
        float,
        Meta(ge=0, lt=0.5, description=f"Share of labels believed wrong, with {', '.join(SMOOTHED)}."),
    ] = 0.0
    precompute_reference: Annotated[
        bool, Meta(description="Ask the reference once before training, and free its memory.")
    ] = False

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        if len(self.losses) != len(self.loss_weights):
            yield f"loss_weights: give {len(self.losses)}, one for each loss in losses"
        if not all(weight > 0 for weight in self.loss_weights):
            yield "loss_weights: each must be above 0; leave out a loss that is not to count"
        yield from ignored_options(self.losses, self.beta, self.label_smoothing, self.device_batch_size)


class Draw(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way of answering one set of prompts. Its responses become `output/NAME.jsonl`.

    What is to be evaluated must not be `distinct`: to draw again where the model repeats itself flatters it.
    """

    name: Annotated[str, Meta(pattern="^[a-z0-9_]+$", description="Name of the output file.")] = "responses"
    prompts: Annotated[str, Meta(description="Name of the input file.")] = "prompts"
    first: Annotated[int, Meta(ge=0, lt=LARGE, description="Prompts of the file to pass over.")] = 0
    limit: Annotated[
        int, Meta(ge=0, lt=LARGE, description="Prompts of the file to answer; 0 takes all that follow.")
    ] = 0
    n: Annotated[int, Meta(ge=1, le=1024, description="Responses for each prompt.")] = 1
    temperature: Annotated[float, Meta(ge=0, le=2, description="0 decodes greedily.")] = 1.0
    temperature_by: Annotated[
        Literal["draw", "mt_bench"],
        Meta(description="mt_bench takes the published temperature of each question's category in its place."),
    ] = "draw"
    top_p: Annotated[float, Meta(gt=0, le=1, description="Mass of the nucleus.")] = 1.0
    top_k: Annotated[int, Meta(ge=0, lt=LARGE, description="Draw from so many likeliest tokens; 0 from all.")] = 0
    min_p: Annotated[
        float, Meta(ge=0, le=1, description="Leave out tokens below this share of the likeliest one's probability.")
    ] = 0.0
    repetition_penalty: Annotated[
        float, Meta(gt=0, le=10, description="Above 1, what the prompt or the response has already is less likely.")
    ] = 1.0
    presence_penalty: Annotated[
        float, Meta(ge=-2, le=2, description="Above 0, tokens that the response has are less likely.")
    ] = 0.0
    frequency_penalty: Annotated[
        float, Meta(ge=-2, le=2, description="Above 0, tokens are less likely the more often the response has them.")
    ] = 0.0
    min_tokens: Annotated[int, Meta(ge=0, lt=LARGE, description="A response does not end before so many tokens.")] = 0
    stop: Annotated[
        tuple[Annotated[str, Meta(min_length=1)], ...],
        Meta(description='Words at which a response ends, without them: one text, or several as ["a", "b"].'),
    ] = ()
    system: Annotated[str, Meta(description="System message for prompts that have none.")] = ""
    distinct: Annotated[
        bool,
        Meta(description="Draw again what repeats another response but for white space, or is empty."),
    ] = True

    def __post_init__(self) -> None:
        if self.temperature == 0 and self.n > 1:
            raise ValueError("n: greedy decoding (temperature 0) gives one response; use n = 1")
        if self.temperature_by == "mt_bench" and self.n > 1:
            raise ValueError("n: MT-bench answers each question once; use n = 1")


class Spread(Spec, frozen=True, kw_only=True):
    """What is made in chunks, by a process for each GPU or by several on a CPU."""

    engine: Annotated[Engine, Meta(description="auto is vLLM where it is installed.")] = "auto"
    processes: Annotated[int, Meta(ge=1, le=64, description="Processes on a CPU, where gpus is 0.")] = 1
    tensor_parallel: Annotated[
        int, Meta(ge=1, le=64, description="GPUs that hold one copy of a model together (vLLM); 1 if it fits one.")
    ] = 1

    @property
    def world(self) -> int:
        """Processes, each with a copy of the model."""
        return self.gpus // self.tensor_parallel if self.gpus else self.processes

    def rules(self) -> Iterator[str]:
        if self.gpus and self.processes > 1:
            yield "processes: each GPU has its process already; leave 1"
        if max(self.gpus, 1) % self.tensor_parallel:
            yield f"tensor_parallel: gpus must be a multiple of it; {self.gpus} is none of {self.tensor_parallel}"
        if self.tensor_parallel > 1 and self.engine == "transformers":
            yield "tensor_parallel: only vLLM shares a model out; use engine vllm, or leave 1"


class Sample(Spread, frozen=True, kw_only=True, tag="sample"):
    """Responses to each prompt by one checkpoint, in one or several draws."""

    draws: Annotated[tuple[Draw, ...], Meta(min_length=1, description="What to sample.")] = (Draw(),)
    max_tokens: Annotated[int, Meta(ge=1, lt=LARGE, description="Longest response in tokens.")] = 1024
    max_context: Annotated[
        int, Meta(ge=0, lt=LARGE, description="Tokens of prompt and response together; 0 is the model's own limit.")
    ] = 0
    attempts: Annotated[int, Meta(ge=1, le=64, description="Rounds of drawing before a shortfall is kept.")] = 4
    batch_size: Annotated[int, Meta(ge=1, lt=LARGE, description="Responses that transformers decodes at once.")] = 64
    chunk: Annotated[int, Meta(ge=1, lt=LARGE, description="Prompts between two safe writes to disk.")] = 64
    gpu_memory: GpuMemory = 0.9

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        names = [draw.name for draw in self.draws]
        if len(set(names)) < len(names):
            yield "draws: give each draw a name of its own"
        if any(draw.min_tokens > self.max_tokens for draw in self.draws):
            yield f"max_tokens: {self.max_tokens} is below a draw's min_tokens"


class Score(Spread, frozen=True, kw_only=True, tag="score"):
    """A reward model's raw logit for each response."""

    INPUTS = ("responses",)

    batch_tokens: Annotated[int, Meta(ge=1, lt=LARGE, description="Tokens in a batch, padding included.")] = 16_384
    max_length: Annotated[
        int, Meta(ge=8, lt=LARGE, description="Longer conversations are counted and get no score.")
    ] = 4096
    gpu_memory: GpuMemory = 0.9


class KeepBest(Spec, frozen=True, kw_only=True, tag="keep_best"):
    """From scored responses: the best, a random control beside them, preference pairs, and the best-of-n curve."""

    INPUTS = ("responses",)
    NEEDS_BASE = False

    keep: Annotated[int, Meta(ge=1, lt=LARGE, description="Best responses to keep of each prompt.")] = 1
    pairing: Annotated[
        Literal["best_worst", "best_random", "best_second", "quantiles"],
        Meta(description="How chosen and rejected are found."),
    ] = "best_worst"
    pairs: Annotated[int, Meta(ge=0, lt=LARGE, description="Pairs of each prompt; 0 makes none.")] = 1
    upper: Annotated[Share, Meta(description="With quantiles: chosen come from this top share.")] = 0.125
    lower: Annotated[Share, Meta(description="With quantiles: rejected come from this bottom share.")] = 0.25
    length_penalty: Annotated[float, Meta(ge=0, description="Reward taken off for each character.")] = 0.0


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
        if len(set(self.tasks)) < len(self.tasks):
            yield "tasks: a task is named twice; name each once"


SPECS: dict[str, type[Spec]] = {
    str(spec.__struct_config__.tag): spec for spec in (Create, Sft, Reward, Sample, Score, KeepBest, Dpo, LmEval)
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
