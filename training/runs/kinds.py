"""The kinds of runs in one table: what each is told, reads and makes, its words, and what does the work.

A new kind is a row here. One with a program has its settings in `training.specs` and the program in `training.jobs`.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from annotation.models import Version
from studio.accounts.roles import Capability
from training import specs
from training.runs import settings
from training.specs.mixtures import BESIDE, TRAIN, Mixed

PROMPTS, DEMONSTRATIONS = Version.Kind.PROMPTS, Version.Kind.DEMONSTRATIONS
PREFERENCES, RESPONSES = Version.Kind.PREFERENCES, Version.Kind.RESPONSES
# Either kind says of a response whether it is good: by a comparison, or by its score.
JUDGED = f"{PREFERENCES} or {RESPONSES}"
# A kind of checkpoint, of `Checkpoint.Kind`: models know this table, so it knows none of them.
CheckpointKind = Literal["policy", "reward"]


class Queue(StrEnum):
    CPU = "cpu"
    GPU = "gpu"
    JUDGE = "judge"


# The queue of runs that wait for people: no worker serves it.
PEOPLE = "people"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`inputs` names the kind of dataset version for each input, `optional` of those that may be left out.

    `says`, `work` and `ingest` are functions by their names, since their modules need the models, which read this
    table: `says(launched)` words what a run does, `work(run, renewal)` gives its result,
    `ingest(run, directory, result)` stores what a program left in its directory.
    """

    label: str
    settings: type[Struct]
    queue: Queue
    inputs: dict[str, str] = field(default_factory=dict)
    optional: dict[str, str] = field(default_factory=dict)
    starts_from: CheckpointKind | None = None
    makes: CheckpointKind | None = None
    # A checkpoint that it is held against while it trains; what it starts from, where none is chosen.
    refers_to: CheckpointKind | None = None
    # Checkpoints that it loads besides, as many as one likes, by the setting that names their folders.
    loads: dict[str, CheckpointKind] = field(default_factory=dict)
    # How many of them it needs, and the setting that has a weight for each; what it starts from is one of its kind.
    least: dict[str, int] = field(default_factory=dict)
    weighs: dict[str, str] = field(default_factory=dict)
    # What people change first, in this order; the form has the rest under "More settings".
    first: tuple[str, ...] = ()
    # The words of the form's button: before "4,812 pairs", and alone.
    button: tuple[str, str] = ("Launch on", "Launch")
    # Packages besides those of the training extra; each is an extra of the same name.
    needs: tuple[str, ...] = ()
    # Judging labels data and trains nothing: it has a right of its own.
    right: Capability = Capability.TRAIN
    # Its chat template may be the project's where the checkpoint has none.
    answers_in_a_template: bool = False
    says: str = "training.runs.names.from_data"
    # Else it is launched by an act of its own, which checks more than settings.
    has_form: bool = True
    work: str = "training.worker.execution.run_program"
    ingest: str = "training.runs.ingest.register"

    @property
    def bases(self) -> tuple[str, ...]:
        """The kinds of checkpoints that it can start from: also what it makes, as a reward model that is refreshed."""
        found = (self.starts_from, self.makes) if self.starts_from else ()
        return tuple(dict.fromkeys(kind for kind in found if kind))

    @property
    def reads_shared(self) -> bool:
        """Whether its inputs may be versions of another project: training writes nothing about their prompts."""
        return self.makes is not None

    @property
    def asks_a_judge(self) -> bool:
        """Such a run may cost money, has a budget, and is only paused where it is stopped."""
        return "judge" in self.settings.__struct_fields__

    @property
    def has_program(self) -> bool:
        return issubclass(self.settings, specs.Spec)

    @property
    def has_curves(self) -> bool:
        """Whether its program logs metrics at every so many steps."""
        return issubclass(self.settings, specs.Training)

    @property
    def beside(self) -> dict[str, str]:
        """Further inputs, each with its kind of version: what a trainer learns from may be a mixture of several."""
        return dict.fromkeys(BESIDE, self.inputs[TRAIN]) if issubclass(self.settings, Mixed) else {}

    @property
    def plumbing(self) -> frozenset[str]:
        """Settings that whoever launches fills in, not a person."""
        return self.settings.PLUMBING if issubclass(self.settings, specs.Spec) else frozenset()

    def reads(self, version: str) -> str | None:
        """The first input that it cannot do without and that a version of this kind can be."""
        return next((role for role, kind in self.inputs.items() if version in accepted(kind)), None)


KINDS: dict[str, Kind] = {
    "create": Kind(
        label="Create a model",
        settings=specs.Create,
        queue=Queue.GPU,
        inputs={"corpus": DEMONSTRATIONS},
        makes="policy",
        first=("template", "vocabulary", "width", "layers"),
        button=("Create a model from", "Create a model"),
        says="training.runs.names.creates",
    ),
    "sft": Kind(
        label="SFT",
        settings=specs.Sft,
        queue=Queue.GPU,
        inputs={"train": DEMONSTRATIONS},
        starts_from="policy",
        makes="policy",
        first=("learning_rate", "epochs", "batch_size", "max_length", "template", "lora_rank"),
        answers_in_a_template=True,
        button=("Launch SFT on", "Launch SFT"),
    ),
    "reward": Kind(
        label="Reward model",
        settings=specs.Reward,
        queue=Queue.GPU,
        inputs={"train": PREFERENCES},
        starts_from="policy",
        makes="reward",
        first=("learning_rate", "epochs", "batch_size", "max_length", "margin", "labels"),
        button=("Train a reward model on", "Train a reward model"),
    ),
    "dpo": Kind(
        label="DPO",
        settings=specs.Dpo,
        queue=Queue.GPU,
        inputs={"train": PREFERENCES},
        starts_from="policy",
        makes="policy",
        refers_to="policy",
        first=("beta", "learning_rate", "epochs", "batch_size", "losses", "loss_weights"),
        button=("Launch DPO on", "Launch DPO"),
    ),
    "kto": Kind(
        label="KTO",
        settings=specs.Kto,
        queue=Queue.GPU,
        inputs={"train": JUDGED},
        starts_from="policy",
        makes="policy",
        refers_to="policy",
        first=("beta", "learning_rate", "epochs", "batch_size", "good_from", "bad_below"),
        button=("Launch KTO on", "Launch KTO"),
    ),
    "online": Kind(
        label="Online learning",
        settings=specs.Online,
        queue=Queue.GPU,
        inputs={"train": PROMPTS},
        starts_from="policy",
        makes="policy",
        loads={"reward_models": "reward"},
        least={"reward_models": 1},
        weighs={"reward_models": "reward_weights"},
        first=("loads_reward_models", "algorithm", "n", "beta", "learning_rate", "epochs", "batch_size", "max_tokens"),
        button=("Learn online from", "Learn online"),
    ),
    "sample": Kind(
        label="Sample",
        settings=specs.Sample,
        queue=Queue.GPU,
        inputs={"prompts": PROMPTS},
        starts_from="policy",
        loads={"policies": "policy"},
        first=("n", "temperature", "top_p", "limit", "max_tokens"),
        answers_in_a_template=True,
        button=("Answer", "Sample"),
        says="training.runs.names.samples",
        ingest="training.runs.ingest.store_draws",
    ),
    "score": Kind(
        label="Score",
        settings=specs.Score,
        queue=Queue.GPU,
        inputs={"responses": RESPONSES},
        starts_from="reward",
        loads={"reward_models": "reward"},
        first=("max_length", "engine"),
        button=("Score", "Score"),
        says="training.runs.names.scores",
        ingest="training.runs.ingest.store_scores",
    ),
    "keep_best": Kind(
        label="Keep the best",
        settings=specs.KeepBest,
        queue=Queue.CPU,
        inputs={"responses": RESPONSES},
        optional={"scores": RESPONSES, "scores_2": RESPONSES, "scores_3": RESPONSES, "scores_4": RESPONSES},
        first=("keep", "pairing", "pairs", "least_gap", "length_penalty"),
        button=("Keep the best of", "Keep the best"),
        says="training.runs.names.keeps_best",
        ingest="training.runs.ingest.keep_versions",
    ),
    "merge": Kind(
        label="Merge",
        settings=specs.Merge,
        queue=Queue.GPU,
        starts_from="policy",
        makes="policy",
        loads={"others": "policy"},
        least={"others": 1},
        weighs={"others": "weights"},
        first=("loads_others", "way", "weights", "share"),
        button=("Merge", "Merge with others"),
        says="training.runs.names.merges",
    ),
    "lm_eval": Kind(
        label="lm-eval",
        settings=specs.LmEval,
        queue=Queue.GPU,
        starts_from="policy",
        first=("tasks", "num_fewshot", "chat", "limit"),
        button=("Measure tasks on", "Measure tasks"),
        says="training.runs.names.measures_tasks",
        needs=("lm_eval",),
        ingest="training.runs.ingest.store_task_results",
    ),
    "judge": Kind(
        label="Judge",
        settings=settings.JudgeSettings,
        queue=Queue.JUDGE,
        optional={"responses": RESPONSES},
        first=("judge", "collection", "source", "budget"),
        button=("Judge pairs of", "Judge"),
        says="training.runs.names.judges",
        right=Capability.RUN_JUDGES,
        work="training.runs.judging.judge",
    ),
    "review": Kind(
        label="Review by people",
        settings=settings.ReviewSettings,
        queue=Queue.CPU,
        inputs={"responses": RESPONSES},
        first=("per_prompt", "overlap", "min_votes", "test_share"),
        button=("Ask people about pairs of", "Ask people"),
        says="training.runs.names.asks_people",
        right=Capability.MANAGE_DATA,
        work="training.runs.reviewing.review",
    ),
    "rate": Kind(
        label="Rate",
        settings=settings.RateSettings,
        queue=Queue.JUDGE,
        inputs={"responses": RESPONSES},
        first=("judge", "further_judges", "combine", "budget"),
        button=("Rate", "Rate"),
        says="training.runs.names.rates",
        right=Capability.RUN_JUDGES,
        work="training.runs.rating.rate",
    ),
    "evaluate": Kind(
        label="Evaluate",
        settings=settings.EvaluateSettings,
        queue=Queue.JUDGE,
        inputs={"prompts": PROMPTS},
        first=("compared", "baseline", "judge", "budget"),
        button=("Evaluate on", "Evaluate"),
        says="training.runs.names.evaluates",
        work="training.evaluation.held_out.evaluate",
    ),
    "benchmark": Kind(
        label="Benchmark",
        settings=settings.BenchmarkSettings,
        queue=Queue.JUDGE,
        first=("benchmark", "collection", "authors", "baseline", "judge", "budget"),
        button=("Measure on", "Measure"),
        says="training.runs.names.measures",
        work="training.evaluation.benchmarks.measurement.measure",
    ),
    # `training.runs.moving.start` launches it, from the page of the collection.
    "move": Kind(
        label="Move a collection",
        settings=settings.MoveSettings,
        queue=Queue.CPU,
        right=Capability.MANAGE_DATA,
        has_form=False,
        says="training.runs.names.moves",
        work="training.runs.moving.work",
    ),
    # `training.recipes.rehearsals.starting` launches it, from the page of a recipe or of a trainer.
    "rehearsal": Kind(
        label="Rehearsal",
        settings=settings.RehearsalSettings,
        queue=Queue.GPU,
        has_form=False,
        says="training.runs.names.rehearses",
        work="training.recipes.rehearsals.rehearsal.rehearse",
    ),
    # Its stages are runs of their own: `training.recipes.orchestration` goes from one to the next.
    "recipe": Kind(
        label="Recipe",
        settings=settings.RecipeSettings,
        queue=Queue.CPU,
        says="training.runs.names.follows_recipe",
    ),
}


def launched_by_form() -> list[str]:
    """Kinds for which filling in the settings is enough."""
    return [name for name, kind in KINDS.items() if kind.has_form]


def labels() -> list[tuple[str, str]]:
    """Every kind with its label. Asked by name in the first migration: a new kind is no change of the database."""
    return [(name, kind.label) for name, kind in KINDS.items()]


def label_of(kind: str) -> str:
    """Its label; of a kind that there no longer is, the name that its runs keep."""
    return KINDS[kind].label if kind in KINDS else kind


def right_to(kind: str) -> Capability:
    """What a person must be allowed to launch, stop and resume a run of `kind`."""
    return KINDS[kind].right if kind in KINDS else Capability.TRAIN


def accepted(kind: str) -> tuple[str, ...]:
    """The kinds of versions that can be read where `kind` is needed: a preference demonstrates its chosen response."""
    return (kind, str(PREFERENCES)) if kind == DEMONSTRATIONS else tuple(kind.split(" or "))
