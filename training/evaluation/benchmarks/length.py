"""The inputs of the length control: difficulty by question and the gamed baselines, imported once for each set."""

from math import isnan
from pathlib import Path
from typing import NamedTuple

from annotation.models import Collection, Prompt
from studio.manage_command import manage
from training.evaluation.benchmarks.results import QuestionOutcome
from training.evaluation.figures.alpaca_eval import Annotation, Difficulty, LengthComparison, difficulty_by_instruction
from training.evaluation.figures.length_control import GamedRow, Remedies
from training.evaluation.figures.records import read
from training.models import LengthInputs

DIFFICULTY = "A row has instruction (or index, its place in the set) and instruction_difficulty"
GAMED = "A row has std_delta_len, instruction_difficulty and preference (0 to 1)"


class DifficultyMatch(NamedTuple):
    """How many of the set's questions have a difficulty now, and how many rows of the file are of no question here."""

    known: int
    questions: int
    strange: int


class ControlInputs(NamedTuple):
    """Difficulty by a prompt's digest, and the gamed baselines' comparisons."""

    difficulty: dict[str, float]
    gamed: list[GamedRow]


def import_difficulty(collection: Collection, path: Path, called: str = "") -> DifficultyMatch:
    """Difficulty by instruction from a CSV or JSON file, in place of what there was. Raises BadRecord, NoFigure.

    Where the file names places, they are those of the questions as imported; there must be one for each.
    """
    prompts = list(Prompt.objects.filter(collection=collection).order_by("pk").only("digest", "text"))
    in_order = [Annotation(prompt.text, None, None, None) for prompt in prompts]
    given = difficulty_by_instruction(list(read(path, Difficulty, DIFFICULTY)), in_order)
    found = {prompt.digest: given[prompt.text] for prompt in prompts if prompt.text in given}
    LengthInputs.objects.update_or_create(
        collection=collection, defaults={"difficulty": found, "difficulty_source": (called or path.name)[:300]}
    )
    return DifficultyMatch(len(found), len(prompts), len(given) - len({p.text for p in prompts} & given.keys()))


def import_gamed(collection: Collection, path: Path, called: str = "") -> int:
    """The verbose and concise baselines' comparisons from a file, in place of what there was. Raises BadRecord."""
    rows = list(read(path, GamedRow, GAMED))
    gamed = [[row.std_delta_len, row.instruction_difficulty, row.preference] for row in rows]
    LengthInputs.objects.update_or_create(
        collection=collection, defaults={"gamed": gamed, "gamed_source": (called or path.name)[:300]}
    )
    return len(rows)


def inputs_of(collection: Collection) -> ControlInputs:
    """What was imported for the set; empty where nothing was."""
    stored = LengthInputs.objects.filter(collection=collection).first()
    if stored is None:
        return ControlInputs({}, [])
    return ControlInputs(stored.difficulty, [GamedRow(*row) for row in stored.gamed])


def remedies(collection: Collection) -> Remedies:
    command = manage("import_difficulty", "FILE", collection=collection.slug)
    return Remedies(f"import it with `{command}`", f"import them with `{command} --gamed`")


def comparisons(verdicts: list[QuestionOutcome], digests: dict[int, str]) -> list[LengthComparison]:
    """Verdicts as the length control reads them; the instruction is named by its digest."""
    return [comparison(verdict, digests[verdict.prompt]) for verdict in verdicts]


def comparison(verdict: QuestionOutcome, digest: str) -> LengthComparison:
    assert verdict.response is not None and verdict.baseline_response is not None
    shorter_by = verdict.baseline_response.length - verdict.response.length
    return LengthComparison(digest, shorter_by, float("nan") if verdict.value is None else verdict.value)


def gamed_rows(of_baseline: list[LengthComparison], difficulty: dict[str, float]) -> list[GamedRow]:
    """A gamed baseline's comparisons, as if read from the published file. Unknown difficulty counts as 0."""
    spread = standard_deviation([comparison.shorter_by for comparison in of_baseline])
    return [
        GamedRow(comparison.shorter_by / spread, difficulty.get(comparison.instruction, 0.0), comparison.win)
        for comparison in of_baseline
        if not isnan(comparison.win)
    ]


def standard_deviation(values: list[int]) -> float:
    """With ddof = 1, as upstream; 1 where there is no spread."""
    mean = sum(values) / len(values)
    return (sum((value - mean) ** 2 for value in values) / max(len(values) - 1, 1)) ** 0.5 or 1.0
