"""How many rows a query would give, by the planner's word: for lists that must not count."""

from typing import Any

import orjson
from django.db import models
from django.db.models.expressions import CombinedExpression


def unindexed(field: str) -> CombinedExpression:
    """A column of numbers as no index knows it.

    Of a pair's judgments by one author those of the pair are few, always; those of an author who has just come seem
    few to the planner as well. An index by author is then taken for the better one, and read whole for each pair.
    """
    return models.F(field) + 0


def estimate(queryset: "models.QuerySet[Any, Any]") -> int:
    """PostgreSQL's expectation, from its statistics; nothing is read."""
    plan = queryset.order_by().explain(format="json")
    # Of what can match nothing the ORM asks nothing.
    return int(orjson.loads(plan)[0]["Plan"]["Plan Rows"]) if plan else 0
