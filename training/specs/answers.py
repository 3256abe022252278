"""Settings of what samples responses, scores them and keeps the best."""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from training.specs.head import LARGE, Engine, GpuMemory, Spec

Share = Annotated[float, Meta(ge=0, le=1)]
Combine = Annotated[
    Literal["mean", "minimum"], Meta(description="Of several scores of a response: their mean, or the lowest.")
]
Normalise = Annotated[
    Literal["none", "deviation", "rank"],
    Meta(
        description="Before several are combined, each reward model's scores over the whole file: none as they are,"
        " deviation less their mean and over their deviation, rank as the share of the others that are lower."
    ),
]
# FastChat, `fastchat/llm_judge/common.py`: how MT-bench is answered, by category, and a category it does not name.
MT_BENCH_TEMPERATURES = {
    **dict.fromkeys(("writing", "roleplay"), 0.7),
    **dict.fromkeys(("extraction", "math", "coding", "reasoning"), 0.0),
    **dict.fromkeys(("stem", "humanities"), 0.1),
}
MT_BENCH_OTHERWISE = 0.7


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
        yield from super().rules()
        if self.gpus and self.processes > 1:
            yield "processes: each GPU has its process already; leave 1"
        if max(self.gpus, 1) % self.tensor_parallel:
            yield f"tensor_parallel: gpus must be a multiple of it; {self.gpus} is none of {self.tensor_parallel}"
        if self.tensor_parallel > 1 and self.engine == "transformers":
            yield "tensor_parallel: only vLLM shares a model out; use engine vllm, or leave 1"


class Sample(Spread, frozen=True, kw_only=True, tag="sample"):
    """Responses to each prompt, in one or several draws, by one checkpoint or by each of several."""

    PLUMBING = Spec.PLUMBING | {"policies", "sources"}

    policies: Annotated[tuple[str, ...], Meta(description="Checkpoints that answer besides the base.")] = ()
    sources: Annotated[tuple[str, ...], Meta(description="What the base and these are called.")] = ()
    draws: Annotated[tuple[Draw, ...], Meta(min_length=1, description="What to sample.")] = (Draw(),)
    max_tokens: Annotated[int, Meta(ge=1, lt=LARGE, description="Longest response in tokens.")] = 1024
    max_context: Annotated[
        int, Meta(ge=0, lt=LARGE, description="Tokens of prompt and response together; 0 is the model's own limit.")
    ] = 0
    logprobs: Annotated[
        bool, Meta(description="Keep the log-probability of each response: the sum, and the mean of a token.")
    ] = False
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
    """A reward model's raw logit for each response; of several reward models one score too."""

    PLUMBING = Spec.PLUMBING | {"reward_models"}
    INPUTS = ("responses",)

    reward_models: Annotated[tuple[str, ...], Meta(description="Reward models besides the base.")] = ()
    combine: Combine = "mean"
    normalise: Normalise = "none"

    batch_tokens: Annotated[int, Meta(ge=1, lt=LARGE, description="Tokens in a batch, padding included.")] = 16_384
    max_length: Annotated[
        int, Meta(ge=8, lt=LARGE, description="Longer conversations are counted and get no score.")
    ] = 4096
    gpu_memory: GpuMemory = 0.9


Pairing = Literal["best_worst", "best_random", "best_second", "best_by_source", "rank_window", "quantiles"]


class KeepBest(Spec, frozen=True, kw_only=True, tag="keep_best"):
    """From scored responses: the best, a random control beside them, preference pairs, and the best-of-n curve."""

    INPUTS = ("responses",)
    NEEDS_BASE = False

    keep: Annotated[int, Meta(ge=1, lt=LARGE, description="Best responses to keep of each prompt.")] = 1
    least_score: Annotated[
        float | None, Meta(description="Keep, and prefer, no response with a lower score; empty takes any.")
    ] = None
    per_category: Annotated[
        int, Meta(ge=0, lt=LARGE, description="Prompts of each category to take, drawn at random; 0 takes all.")
    ] = 0
    pairing: Annotated[Pairing, Meta(description="How chosen and rejected are found.")] = "best_worst"
    pairings: Annotated[
        dict[Pairing, Annotated[float, Meta(gt=0)]],
        Meta(
            description='Several ways of pairing with their weights, as {"best_worst": 1, "best_random": 2}; each'
            " prompt draws one. Empty: pairing alone."
        ),
    ] = {}
    pairs: Annotated[int, Meta(ge=0, lt=LARGE, description="Pairs of each prompt; 0 makes none.")] = 1
    least_gap: Annotated[
        float, Meta(ge=0, description="Least difference in score of chosen and rejected; equal scores never pair.")
    ] = 0.0
    first_rank: Annotated[
        int, Meta(ge=2, lt=LARGE, description="With rank_window: rejected are drawn from this rank on; 1 is the best.")
    ] = 2
    last_rank: Annotated[int, Meta(ge=2, lt=LARGE, description="With rank_window: to this rank.")] = 4
    upper: Annotated[Share, Meta(description="With quantiles: chosen come from this top share.")] = 0.125
    lower: Annotated[Share, Meta(description="With quantiles: rejected come from this bottom share.")] = 0.25
    length_penalty: Annotated[float, Meta(ge=0, description="Reward taken off for each character.")] = 0.0
    combine: Combine = "mean"
    normalise: Normalise = "none"

    def rules(self) -> Iterator[str]:
        if self.first_rank > self.last_rank:
            yield f"last_rank: {self.last_rank} is before first_rank {self.first_rank}; give a later one"
