"""What a run without a program is told: one struct for each such kind. Those with a program have `training.specs`."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from annotation.datasets.definitions import Id
from training.specs import LARGE
from training.specs.answers import Combine


class JudgeSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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
    seed: Annotated[int, Meta(ge=0, lt=LARGE, description="Fixes which pairs are made, and a program's noise.")] = 0


class ReviewSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pairs of responses to people, and the preferences that come of it.

    Pairs are made of each prompt's responses, drawn at random, and stand in the review queue of their collection. The
    run waits until every judgment that is wanted was given.
    """

    per_prompt: Annotated[int, Meta(ge=1, le=1000, description="Pairs made of each prompt's responses.")] = 1
    overlap: Annotated[
        int, Meta(ge=0, le=100, description="Judgments of each pair, by different people; 0: as its collection wants.")
    ] = 0
    min_votes: Annotated[int, Meta(ge=1, le=100, description="Votes that a preference must have.")] = 1
    test_share: Annotated[float, Meta(ge=0, lt=1, description="Share of the prompts whose pairs are held out.")] = 0.0
    seed: Annotated[int, Meta(ge=0, lt=LARGE, description="Fixes which pairs are made.")] = 0


class RateSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Responses to a judge that rates each by itself, from 1 to 10, and the scores that come of it.

    Several judges each rate an aspect. Each one's rating is kept at its response; what follows reads their mean or the
    lowest. A run pauses when its budget is spent, and can be resumed with a higher one.
    """

    judge: Annotated[str, Meta(min_length=1, description="Name of the judge: one that rates single responses.")]
    further_judges: Annotated[
        tuple[Annotated[str, Meta(min_length=1)], ...],
        Meta(description="Names of judges that rate other aspects of each response."),
    ] = ()
    combine: Combine = "mean"
    budget: Annotated[float, Meta(ge=0, description="US dollars at most; the run pauses there. 0 is no limit.")] = 0.0
    batch: Annotated[bool, Meta(description="By the endpoint's Batch API: within a day, for less.")] = False
    seed: Annotated[int, Meta(ge=0, lt=LARGE, description="Fixes a program's noise.")] = 0


class ComparedCheckpoints(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A checkpoint against a baseline, both by id; a control stands beside a stage and is none."""

    checkpoint: Annotated[Id, Meta(description="Id of the checkpoint.")]
    baseline: Annotated[Id | None, Meta(description="Id of the checkpoint it is compared with.")] = None
    control: Annotated[bool, Meta(description="A matched control, not a stage of the pipeline.")] = False


class EvaluateSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sampled responses to held-out prompts under a judge. Choose one whose preferences trained no checkpoint here.

    A run pauses when its budget is spent, and can be resumed with a higher one.
    """

    judge: Annotated[str, Meta(min_length=1, description="Name of the judge; not the reward model's teacher.")]
    comparisons: Annotated[
        tuple[ComparedCheckpoints, ...], Meta(min_length=1, description="What is compared with what.")
    ]
    budget: Annotated[float, Meta(ge=0, description="US dollars at most; the run pauses there. 0 is no limit.")] = 0.0


class BenchmarkSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Models on a benchmark's questions under a judge: one row of its leaderboard for each.

    A judge of the library is asked what it has not judged yet; one whose verdicts were imported is asked nothing.
    """

    benchmark: Annotated[str, Meta(description="The protocol.")]
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
    seed: Annotated[int, Meta(ge=0, lt=LARGE, description="Fixes a program's noise.")] = 0


class MoveSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A collection to another project, with all that hangs on it."""

    collection: Annotated[str, Meta(min_length=1, description="Slug of the collection.")]
    project: Annotated[str, Meta(min_length=1, description="Slug of the project that it goes to.")]
    slug: Annotated[str, Meta(min_length=1, description="Slug of the collection there.")]


class RecipeSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pipeline of runs, by the name of a recipe or as a whole file. Versions that it needs are its inputs."""

    recipe: Annotated[str, Meta(description="Name of the recipe; empty with a file.")] = ""
    scale: Annotated[str, Meta(description="Size of the models and the data; empty is the recipe's first.")] = ""
    seed: Annotated[int, Meta(ge=0, lt=LARGE, description="Fixes every random choice of the recipe.")] = 0
    options: Annotated[dict[str, Any], Meta(description="What the recipe leaves to choose.")] = {}
    given: Annotated[
        dict[str, str | int], Meta(description="By need: id or name of a checkpoint, or the name of a judge.")
    ] = {}
    file: Annotated[dict[str, Any], Meta(description="A recipe's file, in place of a name and a scale.")] = {}


class RehearsalSettings(RecipeSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A few rows through every stage of a recipe, the longest among them. Nothing of what it makes is kept."""

    steps: Annotated[int, Meta(ge=1, le=100, description="Steps of each training.")] = 2
    rows: Annotated[int, Meta(ge=2, lt=LARGE, description="Rows of each given version.")] = 8
    whole_batches: Annotated[bool, Meta(description="Batches of a training as they are, to measure its pace.")] = False
    gpus: Annotated[int, Meta(ge=0, le=64, description="GPUs of the stage that uses the most.")] = 0
