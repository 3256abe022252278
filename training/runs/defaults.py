"""The settings that a run begins with by the defaults of its project."""

from collections.abc import Mapping
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
    """A judge that names no price takes no budget: that of the project is not meant for it."""
    if not settings.get("judge") or not settings.get("budget"):
        return {}
    try:
        is_free = registry.load(settings["judge"]).price == Price()
    except JudgeInvalid:
        return {}
    return {"budget": 0.0} if is_free and settings["budget"] == of_judges(ProjectDefaults.here())["budget"] else {}


def of_judges(known: ProjectDefaults) -> dict[str, Any]:
    """Their judge, and their budget as far as the month bears it."""
    left = this_month().left if known.budget else None
    budget = known.budget if left is None else min(known.budget or 0.0, int(100 * left) / 100)
    return {"judge": known.judge, "budget": budget}
