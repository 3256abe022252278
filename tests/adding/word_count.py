"""A benchmark: how many words each answer has, ten at most; no judge is asked."""

from typing import Any

from training.evaluation.benchmarks.answers import answers
from training.evaluation.benchmarks.participants import Participants
from training.evaluation.benchmarks.results import MeasuredFigures, QuestionOutcome, record
from training.models import Run
from training.worker.renewal import Renewal


def measure(run: Run, participants: Participants, renewal: Renewal) -> dict[str, Any]:
    for author in participants.authors:
        given = answers(participants.collection, author)
        verdicts = [QuestionOutcome(prompt, counted(said.text), said) for prompt, said in given.items()]
        mean = sum(verdict.value or 0 for verdict in verdicts) / len(verdicts)
        figures = {"longest": max(verdict.value or 0 for verdict in verdicts)}
        record(run, participants, author, MeasuredFigures(mean, None, None, len(verdicts), figures=figures), verdicts)
    return {"measured": len(participants.authors)}


def counted(text: str) -> float:
    return float(min(len(text.split()), 10))
