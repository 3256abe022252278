"""What a judging run's page shows of its result: what was spent of the budget, and how the answers were."""

import math
from typing import Any, NamedTuple

from annotation.judges.runs.forecasts import Forecast
from frontend.presenters.frame import next_steps
from studio.accounts.models import User
from studio.words import counted, dollars
from training.models import Run

# A forecast rests on a sample: a budget that it just meets would pause every other run.
HEADROOM = 4 / 3


class Share(NamedTuple):
    """`part` of `whole`, which may be nothing yet."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None


class Endpoint(NamedTuple):
    """What one endpoint did: answers, their price in US dollars, and the mean latency in seconds."""

    name: str
    calls: int
    price: float
    latency: float | None


def of_run(run: Run, by: User) -> dict[str, Any] | None:
    """None until the run has told of itself; a program's verdicts cost nothing and fill most of it with nothing."""
    found, settings = run.result, run.spec.get("settings", {})
    if "judged" not in found:
        return None
    calls = found.get("calls", 0)
    return {
        "found": found,
        "steps": next_steps.after_judging(run, by) if found["judged"] and not run.is_open else [],
        "budget": settings.get("budget") or None,
        "paused_by_budget": is_paused_by_budget(run),
        "suggested": round(max(2 * settings.get("budget", 0), 0.01), 2),
        "failures": Share(found.get("unparsed", 0), calls),
        "inconsistent": Share(found.get("inconsistent", 0), found["judged"]),
        "cached": Share(found.get("cached", 0), found.get("cached", 0) + calls),
        "endpoints": endpoints(found.get("endpoints", {})),
    }


def is_paused_by_budget(run: Run) -> bool:
    """By its own: a higher one resumes it. Where the project's month is spent, that would be no help."""
    is_spent = run.result.get("out_of_budget", False) and not run.result.get("out_of_month", False)
    return is_spent and run.state == Run.State.CANCELLED


def act_of(forecast: Forecast) -> str:
    """What the button says it does: `Judge 4,025 pairs, about $70`; empty where there is nothing to do."""
    if not forecast.waiting:
        return ""
    price = forecast.price.value
    money = f", about {about(price)}" if price else ""
    return f"Judge {counted(forecast.waiting, 'pair')}{money}"


def about(price: float) -> str:
    """A price to two figures: `$70`, `$1.20`, `$0.034`."""
    rounded = two_figures(price)
    return f"${rounded:,.0f}" if rounded >= 10 else dollars(rounded)


def budget_for(price: float, at_most: float | None = None) -> str:
    """A budget to propose: a third more than the forecast, to two figures; empty where nothing is paid.

    No more than the month bears `at_most`.
    """
    if not price:
        return ""
    proposed = max(two_figures(price * HEADROOM, up=True), 0.01)
    bearable = proposed if at_most is None else min(proposed, at_most)
    return f"{max(bearable, 0.01):.12g}"


def two_figures(price: float, up: bool = False) -> float:
    digits = 1 - math.floor(math.log10(price))
    scaled = price * 10.0**digits
    return round((math.ceil(scaled) if up else round(scaled)) / 10.0**digits, max(digits, 0))


def endpoints(found: dict[str, dict[str, Any]]) -> list[Endpoint]:
    return [
        Endpoint(name or "default", share["calls"], share["price"], share["seconds"] / share["calls"])
        for name, share in sorted(found.items())
        if share["calls"]
    ]
