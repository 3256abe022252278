"""What people and judges read, write and decide, as tables, one module for each noun.

And how their columns are asked: `win_share`, `text_search` and `row_estimates`. Acts over many rows are in the other
rooms.
"""

from annotation.models.assignments import Assignment, Remark
from annotation.models.authors import Author
from annotation.models.batches import JudgeBatch
from annotation.models.cards import JudgeCard
from annotation.models.datasets import Version, VersionItem
from annotation.models.defaults import ProjectDefaults
from annotation.models.endpoints import Endpoint
from annotation.models.flags import Flag, Settlement
from annotation.models.imports import Import
from annotation.models.judgments import JudgeCall, Judgment, Shown
from annotation.models.keeping import KeptJudge
from annotation.models.moves import Move
from annotation.models.pairs import Pair
from annotation.models.pauses import Pause
from annotation.models.prompts import Collection, Prompt
from annotation.models.responses import Response, Score
from annotation.models.shares import VersionShare
from annotation.models.spending import JudgeSpending

__all__ = [
    "Assignment",
    "Author",
    "Collection",
    "Endpoint",
    "Flag",
    "Import",
    "JudgeBatch",
    "JudgeCall",
    "JudgeCard",
    "JudgeSpending",
    "Judgment",
    "Move",
    "KeptJudge",
    "Pair",
    "Pause",
    "ProjectDefaults",
    "Prompt",
    "Remark",
    "Response",
    "Score",
    "Settlement",
    "Shown",
    "Version",
    "VersionItem",
    "VersionShare",
]
