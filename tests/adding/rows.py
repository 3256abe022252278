"""One line for each table."""

from annotation.interchange.formats import READ, Reading
from annotation.judges.protocols import PROTOCOLS
from tests.adding import copying, first_letter, plain_lines
from training import commands
from training.evaluation.benchmarks import BENCHMARKS, Benchmark, Figure
from training.runs.kinds import KINDS, Kind, Queue
from training.specs import SPECS


def add() -> None:
    READ["plain_lines"] = Reading("Plain lines", "Text: a prompt on each line", plain_lines.parse)
    PROTOCOLS["first_letter"] = first_letter
    SPECS["copying"] = copying.Copying
    KINDS["copying"] = Kind(
        label="Copy",
        settings=copying.Copying,
        queue=Queue.CPU,
        starts_from="policy",
        makes="policy",
        first=("note",),
        button=("Copy with", "Copy a model"),
    )
    BENCHMARKS["word_count"] = Benchmark(
        label="Word count",
        main="Words",
        how="The mean over all answers.",
        unit="points",
        measure="tests.adding.word_count.measure",
        figures=(Figure("longest", "Longest"),),
    )
    # The program lies here and not in `training/jobs/`.
    commands.PROGRAMS = "tests.adding"
