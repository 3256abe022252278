"""The admin's view of annotation, one module for each noun.

Rules of the data are in `models`, acts in the other rooms.
"""

from annotation.admin import (
    assignments,
    authors,
    defaults,
    endpoints,
    imports,
    judgments,
    keeping,
    moves,
    pairs,
    prompts,
    responses,
    shares,
    versions,
)

__all__ = [
    "assignments",
    "authors",
    "defaults",
    "endpoints",
    "imports",
    "judgments",
    "keeping",
    "moves",
    "pairs",
    "prompts",
    "responses",
    "shares",
    "versions",
]
