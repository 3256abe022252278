"""Moving a collection knows every table: which go along, and which stay, each for a reason."""

from annotation.moves.tables import along, authored, beside
from studio.projects.erasing import paths

ALONG = {
    "Response",
    "Pair",
    "Score",
    "Judgment",
    "JudgeCall",
    "Assignment",
    "Remark",
    "Flag",
}
BESIDE = {"Import", "LengthInputs"}
# Rows of a project that say nothing of a collection, or keep what was found out when it was here.
STAY = {
    "Author": "one for each project: met or made in the other",
    "JudgeBatch": "of a run of this project",
    "JudgeSpending": "stays where it was paid",
    "JudgeCard": "counted anew in both projects",
    "Pause": "of a person in a project",
    "VersionShare": "of the project that it is shared with",
    "CheckpointShare": "of the project that it is shared with",
    "ProjectDefaults": "of a project",
    "TrainingDefaults": "of a project",
    "Run": "has ended: what is at work refuses the move",
    "RunVersion": "of a run",
    "RunCheckpoint": "of a run",
    "Metric": "of a run",
    "Checkpoint": "made by a run",
    "Evaluation": "found by a run",
    "TaskResult": "found by a run",
    "BenchmarkResult": "found by a run",
    "BenchmarkVerdict": "of a result",
    "Invitation": "of a project",
    "Membership": "of a project",
    "ApiToken": "of a project",
}
# They have no project of their own, and follow their row; versions are moved whole, prompts and collection by name.
FOLLOW = {"ResponseStyle", "Settlement", "VersionItem", "Move"}
BY_NAME = {"Prompt", "Collection", "Version"}


def test_every_table_of_projects_goes_along_or_stays_for_a_reason() -> None:
    known = ALONG | BESIDE | STAY.keys() | FOLLOW | BY_NAME
    assert {model.__name__ for model in paths()} == known


def test_rows_that_lead_to_a_collection_go_along() -> None:
    assert {model.__name__ for model in along()} == ALONG
    assert {model.__name__ for model in beside()} == BESIDE


def test_every_column_that_names_an_author_is_rewritten() -> None:
    named = {model.__name__ for model in along() if authored(model)}
    assert named == ALONG - {"Pair", "Assignment"}
