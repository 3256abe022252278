"""How many rows a query would give, by the planner's word: for lists that must not count."""

from typing import Any

import orjson
from django.core.exceptions import EmptyResultSet
from django.db import models


def estimate(queryset: "models.QuerySet[Any, Any]") -> int:
    """PostgreSQL's expectation, from its statistics; nothing is read."""
    try:
        plan = orjson.loads(queryset.order_by().explain(format="json"))
    except EmptyResultSet:
        return 0
    return int(plan[0]["Plan"]["Plan Rows"])
