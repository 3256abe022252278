"""What a run is called by whoever gives it no name: what it does, on what, from what."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotation.models import Version
from studio.words import counted
from training.evaluation.benchmarks import BENCHMARKS
from training.models import Checkpoint, Run
from training.runs.kinds import KINDS

LONGEST = 200
# A checkpoint is called as the run that made it: what starts from it does not repeat a whole line of descent.
LONGEST_CHECKPOINT = 60


@dataclass(frozen=True)
class RunOutput:
    """A file that another run left in its `output` folder, as an input of this one."""

    run_id: int
    file: str

    def __str__(self) -> str:
        return f"{self.file.rpartition('.')[0] or self.file} of run {self.run_id}"


Input = Version | RunOutput


def title(kind: str, checkpoint: Checkpoint | None, inputs: Mapping[str, Input], settings: Mapping[str, Any]) -> str:
    """`xwin_pair on alpaca-eval`, `DPO on mine v3 from sft-7b`."""
    data = ", ".join(sorted({str(given) for given in inputs.values()}))
    return words(kind, shortened(str(checkpoint or "")), data, settings)[:LONGEST]


def words(kind: str, model: str, data: str, settings: Mapping[str, Any]) -> str:
    match kind:
        case Run.Kind.JUDGE:
            return f"{settings['judge']} on {data or settings['collection'] or of_pairs(settings['pairs'])}"
        case Run.Kind.SAMPLE:
            return f"{sampled(settings['draws'])} from {model} on {data}"
        case Run.Kind.SCORE:
            return f"Score {data} with {model}"
        case Run.Kind.KEEP_BEST:
            return f"Keep the best of {data}"
        case Run.Kind.EVALUATE:
            return f"{evaluated(settings['comparisons'])} on {data} by {settings['judge']}"
        case Run.Kind.BENCHMARK:
            called, n = BENCHMARKS[settings["benchmark"]].label, len(settings["authors"])
            measured = counted(n, "model")
            return f"{called} of {measured} on {settings['collection']} by {settings['judge']}"
        case Run.Kind.LM_EVAL:
            return f"{', '.join(settings['tasks'])} on {model}"
        case Run.Kind.CREATE:
            return f"New model from {data}"
    return " ".join(filter(None, [KINDS[kind].label, data and f"on {data}", model and f"from {model}"]))


def of_pairs(pairs: list[int]) -> str:
    return counted(len(pairs), "pair")


def sampled(draws: list[dict[str, Any]]) -> str:
    return f"Sample {draws[0]['n']}" if len(draws) == 1 else f"Sample {len(draws)} draws"


def evaluated(comparisons: list[dict[str, Any]]) -> str:
    ids = {one["checkpoint"] for one in comparisons}
    only = Checkpoint.objects.filter(pk__in=ids).first() if len(ids) == 1 else None
    return f"Evaluate {shortened(str(only))}" if only else f"Evaluate {counted(len(ids), 'checkpoint')}"


def shortened(name: str) -> str:
    return name if len(name) <= LONGEST_CHECKPOINT else f"{name[: LONGEST_CHECKPOINT - 1].rstrip()}…"
