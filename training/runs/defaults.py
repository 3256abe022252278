"""The settings that a run begins with by the defaults of its project."""

from collections.abc import Mapping
from math import inf
from typing import Any

from annotation.judges.config import registry
from annotation.judges.config.registry import JudgeInvalid, Price
from annotation.judges.runs.monthly_budget import this_month
from annotation.models import ProjectDefaults
from training.checkpoints import chat_templates
from training.models import Checkpoint, TrainingDefaults
from training.runs.kinds import Kind


def suggested(kind: Kind, checkpoint: Checkpoint | None = None) -> dict[str, Any]:
    """Settings of a run of this kind that the project has a default for."""
    found: dict[str, Any] = {}
    if kind.asks_a_judge:
        found |= of_judges(ProjectDefaults.here())
    if kind.answers_in_a_template and not (checkpoint and chat_templates.has_own(checkpoint)):
        found["template"] = TrainingDefaults.here().template
    return {name: value for name, value in found.items() if value}


def without_price(settings: Mapping[str, Any]) -> dict[str, Any]:
    """A judge that names no price takes no budget: that of the project is not meant for it.

    One that somebody chose is left as it is, to be refused: they would believe that it is kept.
    """
    if not settings.get("judge"):
        return {}
    try:
        return {"budget": 0.0} if registry.load(settings["judge"]).price == Price() else {}
    except JudgeInvalid:
        return {}


def of_judges(known: ProjectDefaults) -> dict[str, Any]:
    """Their judge, and their budget as far as the month bears it: where that is no cent, all of it, to be refused."""
    at_most = this_month().at_most() if known.budget else None
    return {"judge": known.judge, "budget": min(known.budget or 0.0, at_most or inf)}
