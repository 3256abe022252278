"""Rows that a move left between two projects."""

from annotation.models import Prompt
from annotation.moves import tables


def strays() -> list[str]:
    """Tables with rows whose project is not their collection's, or not their author's."""
    found = []
    for model, ways in tables.along().items():
        for row in model._base_manager.all():
            of = {part.collection.project_id for way in ways if (part := followed(row, way))}
            of |= {getattr(row, name).project_id for name in tables.authored(model)}
            found += [model.__name__] if of != {vars(row)["project_id"]} else []
    return found


def followed(row: object, way: str) -> Prompt | None:
    for name in way.split("__"):
        row = getattr(row, name, None)
    return row if isinstance(row, Prompt) else None
