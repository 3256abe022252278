"""A project's limit for what judges cost in a calendar month: what is left, and an allowance that nobody exceeds.

Whoever asks a judge reserves in PostgreSQL what its questions can cost at most, before it asks them. So runs, trials
and workers that ask at once stay within the limit together.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Q, Sum
from django.db.models.functions import Greatest
from django.utils import timezone

from annotation.models import JudgeSpending, ProjectDefaults
from studio.database import turns
from studio.projects.scope import here
from studio.words import dollars, dollars_as_written

REMEDY = "ask a lead to raise the limit under This project → Defaults"


@dataclass(frozen=True)
class MonthBudget:
    """US dollars of one month; without a `limit` there is as much left as anybody wants."""

    month: date
    limit: float | None
    spent: float
    reserved: float

    @property
    def left(self) -> float | None:
        return None if self.limit is None else max(self.limit - self.spent - self.reserved, 0.0)

    def at_most(self, paid: float = 0.0) -> float | None:
        """The highest budget that a run can still have, in whole cents; it has `paid` a part of it before."""
        if self.left is None:
            return None
        return float(Decimal(str(self.left + paid)).quantize(Decimal("0.01"), ROUND_DOWN))

    @property
    def words(self) -> str:
        """`$2.10 of the project's $10.00 is left for November 2026`; empty without a limit."""
        if self.limit is None or self.left is None:
            return ""
        held = f", and {dollars(self.reserved)} is reserved for questions under way" if self.reserved else ""
        of = f"{dollars(self.left)} of the project's {dollars_as_written(self.limit)} is left"
        return f"{of} for {self.month:%B %Y}{held}"

    @property
    def remedy(self) -> str:
        """What to do where it is not enough."""
        after = date(self.month.year + self.month.month // 12, self.month.month % 12 + 1, 1)
        return f"Wait until {after.day} {after:%B %Y}, or {REMEDY}."


def this_month(of: str = "") -> MonthBudget:
    """Of the project at work; in UTC. With the purpose `of` whoever asks, what is reserved for it counts as left."""
    month = first_day()
    others = ~Q(asked_for=of) if of else None
    found = JudgeSpending.objects.filter(month=month).aggregate(
        spent=Sum("spent", default=0.0), reserved=Sum("reserved", filter=others, default=0.0)
    )
    return MonthBudget(month, ProjectDefaults.here().monthly_budget, **found)


def first_day() -> date:
    return timezone.now().date().replace(day=1)


@dataclass
class Allowance:
    """What one purpose may pay. `granted` is reserved for it and not spent yet.

    One that is `resumed` alone goes on with its name, and takes up what a process that died had reserved.
    """

    asked_for: str
    resumed: bool = False
    month: date = field(default_factory=first_day)
    granted: float = 0.0
    refusal: str = ""

    def __post_init__(self) -> None:
        if self.resumed:
            self.granted = self.rows().aggregate(reserved=Sum("reserved", default=0.0))["reserved"]

    def rows(self) -> Any:
        return JudgeSpending.objects.filter(month=self.month, asked_for=self.asked_for)

    def covers(self, needed: float) -> bool:
        """Whether questions that can cost so much, those under way among them, fit in; else `refusal` says why."""
        if first_day() != self.month:
            self.release()
            self.month = first_day()
        return needed <= self.granted or self.grant(needed - self.granted, ahead=needed)

    @transaction.atomic
    def grant(self, more: float, ahead: float) -> bool:
        """Reserve this much more, and where there is room some ahead: not every question is to ask for a grant."""
        turns.take(f"monthly budget of project {here()}")
        budget = this_month()
        left = budget.left
        if left is not None and more > left:
            ours = replace(budget, reserved=max(budget.reserved - self.granted, 0.0))
            self.refusal = f"The project's month bears no further question ({ours.words}. {ours.remedy})"
            return False
        more += ahead if left is None else min(ahead, (left - more) / 2)
        JudgeSpending.objects.get_or_create(month=self.month, asked_for=self.asked_for)
        self.rows().update(reserved=F("reserved") + more)
        self.granted += more
        return True

    def pay(self, price: float) -> None:
        """So much of what is reserved was spent."""
        if not price:
            return
        JudgeSpending.objects.get_or_create(month=self.month, asked_for=self.asked_for)
        reserved = Greatest(F("reserved") - min(price, self.granted), 0.0)
        self.rows().update(spent=F("spent") + price, reserved=reserved)
        self.granted = max(self.granted - price, 0.0)

    def release(self, keep: float = 0.0) -> None:
        """Give back what is not needed, but for what may still be billed."""
        spare = max(self.granted - keep, 0.0)
        if spare:
            self.rows().update(reserved=Greatest(F("reserved") - spare, 0.0))
        self.granted -= spare
