"""The kinds of runs in one table: what each is told, what it reads and where it runs.

Kinds with a program take their settings from `training.specs`; judging and evaluating happen in the worker itself.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from annotation.datasets.definitions import Id
from annotation.models import Version
from studio.accounts.roles import Capability
from training import specs
from training.models import Checkpoint, Run

POLICY, REWARD = Checkpoint.Kind.POLICY, Checkpoint.Kind.REWARD
PROMPTS, DEMONSTRATIONS = Version.Kind.PROMPTS, Version.Kind.DEMONSTRATIONS
PREFERENCES, RESPONSES = Version.Kind.PREFERENCES, Version.Kind.RESPONSES


class Queue(StrEnum):
    CPU = "cpu"
    GPU = "gpu"
    JUDGE = "judge"


class Judge(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pairs to a judge, and the preferences that come of it.

    With responses as input, pairs are made of those first: some of each prompt, drawn at random. Without them, the
    pairs of the collection are judged that this judge has not judged yet. A run pauses when its budget is spent, and
    can be resumed with a higher one.
    """

    judge: Annotated[str, Meta(min_length=1, description="Name of the judge.")]
    collection: Annotated[str, Meta(description="Slug of the collection whose pairs are judged.")] = ""
    source: Annotated[str, Meta(description="Only pairs that name this source; empty takes all.")] = ""
    pairs: Annotated[tuple[Id, ...], Meta(description="Ids of the pairs, in place of a collection.")] = ()
    budget: Annotated[float, Meta(ge=0, description="US dollars at most; the run pauses there. 0 is no limit.")] = 0.0
    batch: Annotated[bool, Meta(description="By the endpoint's Batch API: within a day, for less.")] = False
    per_prompt: Annotated[int, Meta(ge=1, le=1000, description="Pairs made of each prompt's responses.")] = 1
    test_share: Annotated[float, Meta(ge=0, lt=1, description="Share of the prompts whose pairs are held out.")] = 0.0
    seed: Annotated[
        int, Meta(ge=0, lt=specs.LARGE, description="Fixes which pairs are made, and a program's noise.")
    ] = 0


class Comparison(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A checkpoint against a baseline, both by id; a control stands beside a stage and is none."""

    checkpoint: Annotated[Id, Meta(description="Id of the checkpoint.")]
    baseline: Annotated[Id | None, Meta(description="Id of the checkpoint it is compared with.")] = None
    control: Annotated[bool, Meta(description="A matched control, not a stage of the pipeline.")] = False


class Evaluate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sampled responses to held-out prompts under a judge that trained nobody."""

    judge: Annotated[str, Meta(min_length=1, description="Name of the judge; not the reward model's teacher.")]
    comparisons: Annotated[tuple[Comparison, ...], Meta(min_length=1, description="What is compared with what.")]


class Benchmark(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Models on a benchmark's questions under a judge: one row of its leaderboard for each.

    A judge of the library is asked what it has not judged yet; one whose verdicts were imported is asked nothing.
    """

    benchmark: Annotated[Literal["alpaca_eval", "mt_bench", "vicuna_bench"], Meta(description="The protocol.")]
    judge: Annotated[str, Meta(min_length=1, description="Name of the judge, or of an imported one.")]
    collection: Annotated[str, Meta(min_length=1, description="Slug of the collection that holds the questions.")]
    authors: Annotated[
        tuple[Id, ...], Meta(min_length=1, description="Ids of the authors to measure; a checkpoint is one.")
    ]
    baseline: Annotated[Id | None, Meta(description="Id of the author they are compared with.")] = None
    budget: Annotated[float, Meta(ge=0, description="US dollars at most; the run pauses there. 0 is no limit.")] = 0.0
    gamed: Annotated[
        tuple[Id, ...], Meta(description="Ids of the verbose and concise baselines; empty: as imported for the set.")
    ] = ()
    partial: Annotated[bool, Meta(description="Measure also where responses are missing; their number is shown.")] = (
        False
    )
    l1_c: Annotated[
        Annotated[float, Meta(gt=0)] | None, Meta(description="Pins C of the length control; empty: cross-validated.")
    ] = None
    seed: Annotated[int, Meta(ge=0, lt=specs.LARGE, description="Fixes a program's noise.")] = 0


class Recipe(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pipeline of runs."""

    recipe: Annotated[str, Meta(min_length=1, description="Name of the recipe.")]
    scale: Annotated[str, Meta(description="Size of the models and the data; empty is the recipe's first.")] = ""
    seed: Annotated[int, Meta(ge=0, lt=specs.LARGE, description="Fixes every random choice of the recipe.")] = 0


@dataclass(frozen=True)
class Kind:
    """`inputs` names the kind of dataset version for each input; `starts_from` the kind of checkpoint it needs.

    `optional` inputs may be there or not.
    """

    settings: type[Struct]
    queue: Queue
    inputs: dict[str, str] = field(default_factory=dict)
    starts_from: Checkpoint.Kind | None = None
    optional: dict[str, str] = field(default_factory=dict)
    makes: Checkpoint.Kind | None = None
    # Packages besides those of the training extra; each is an extra of the same name.
    needs: tuple[str, ...] = ()
    # Judging labels data and trains nothing, so who manages data may have it done.
    right: Capability = Capability.TRAIN

    @property
    def bases(self) -> tuple[str, ...]:
        """The kinds of checkpoints that it can start from: also what it makes, as a reward model that is refreshed."""
        found = (self.starts_from, self.makes) if self.starts_from else ()
        return tuple(dict.fromkeys(str(kind) for kind in found if kind))

    @property
    def has_program(self) -> bool:
        return issubclass(self.settings, specs.Spec)

    @property
    def plumbing(self) -> frozenset[str]:
        """Settings that whoever launches fills in, not a person."""
        return self.settings.PLUMBING if issubclass(self.settings, specs.Spec) else frozenset()


KINDS: dict[str, Kind] = {
    Run.Kind.CREATE: Kind(specs.Create, Queue.GPU, {"corpus": DEMONSTRATIONS}, makes=POLICY),
    Run.Kind.SFT: Kind(specs.Sft, Queue.GPU, {"train": DEMONSTRATIONS}, POLICY, makes=POLICY),
    Run.Kind.REWARD: Kind(specs.Reward, Queue.GPU, {"train": PREFERENCES}, POLICY, makes=REWARD),
    Run.Kind.DPO: Kind(specs.Dpo, Queue.GPU, {"train": PREFERENCES}, POLICY, makes=POLICY),
    Run.Kind.SAMPLE: Kind(specs.Sample, Queue.GPU, {"prompts": PROMPTS}, POLICY),
    Run.Kind.SCORE: Kind(specs.Score, Queue.GPU, {"responses": RESPONSES}, REWARD),
    Run.Kind.KEEP_BEST: Kind(specs.KeepBest, Queue.CPU, {"responses": RESPONSES}, optional={"scores": RESPONSES}),
    Run.Kind.LM_EVAL: Kind(specs.LmEval, Queue.GPU, starts_from=POLICY, needs=("lm_eval",)),
    Run.Kind.JUDGE: Kind(Judge, Queue.JUDGE, optional={"responses": RESPONSES}, right=Capability.MANAGE_DATA),
    Run.Kind.EVALUATE: Kind(Evaluate, Queue.JUDGE, {"prompts": PROMPTS}),
    Run.Kind.BENCHMARK: Kind(Benchmark, Queue.JUDGE),
    Run.Kind.RECIPE: Kind(Recipe, Queue.CPU),
}


def right_to(kind: str) -> Capability:
    """What a person must be allowed to launch, stop and resume a run of `kind`."""
    return KINDS[kind].right if kind in KINDS else Capability.TRAIN


def accepted(kind: str) -> tuple[str, ...]:
    """The kinds of versions that can be read where `kind` is needed: a preference demonstrates its chosen response."""
    return (kind, str(PREFERENCES)) if kind == DEMONSTRATIONS else (kind,)
