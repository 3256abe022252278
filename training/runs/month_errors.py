"""Why a run would cost more than the project has left for the month, said at the launch."""

from collections.abc import Mapping
from typing import Any

from annotation.judges.config.registry import Judge, JudgeInvalid, Price
from annotation.judges.runs import over_pairs
from annotation.judges.runs.forecasts import forecast
from annotation.judges.runs.monthly_budget import MonthBudget, this_month
from annotation.models import Pair
from annotation.models.flags import where_flagged
from studio.words import dollars, dollars_as_written


def month_errors(judge: Judge, settings: Mapping[str, Any], paid: float = 0.0, purpose: str = "") -> dict[str, str]:
    """By setting; without a budget its forecast is looked at.

    A run that goes on has `paid` a part of its budget, and takes up what is still reserved for its `purpose`.
    """
    month = this_month(purpose)
    if month.left is None or judge.price == Price():
        return {}
    if (budget := settings.get("budget")) and budget - paid > month.left:
        return {"budget": f"A budget of {dollars_as_written(budget)} goes beyond: {remedy(month, paid)}"}
    if not budget and (price := forecast_price(judge, settings)) > month.left:
        return {"budget": f"The run is forecast at {dollars(price)}: {remedy(month, paid)}"}
    if month.left <= 0:
        return {"budget": f"{month.words}. {month.remedy}"}
    return {}


def remedy(month: MonthBudget, paid: float) -> str:
    at_most = month.at_most(paid)
    give = f"Give the run a budget of at most {at_most:.2f}, where it pauses, or w" if at_most else "W"
    return f"{month.words}. {give}{month.remedy[1:]}"


def forecast_price(judge: Judge, settings: Mapping[str, Any]) -> float:
    """In US dollars; nothing where the pairs are made by the run itself."""
    if settings.get("pairs"):
        pairs = where_flagged(Pair.every.filter(pk__in=settings["pairs"]), "kept")
    elif settings.get("collection") and "source" in settings:
        pairs = over_pairs.pairs_of(settings["collection"], settings["source"])
    else:
        return 0.0
    try:
        return forecast(judge, pairs).price.value
    except JudgeInvalid:
        return 0.0
