"""Classical benchmarks: only what was asked alike shares a row."""

from typing import Any

import pytest

from frontend.presenters.evaluation.tasks import SHOWN, TaskCell, table
from tests.frontend.machines import checkpoint, run
from training.models import Checkpoint, TaskResult

pytestmark = pytest.mark.django_db


def result(of: Checkpoint, **fields: Any) -> TaskResult:
    given = {"task": "arc_easy", "version": "1.0", "metric": "acc_norm", "value": 0.31, "n": 1000, "num_fewshot": 0}
    return TaskResult.objects.create(checkpoint=of, run=run("lm_eval"), **(given | fields))


@pytest.mark.parametrize(
    "change", [{"version": "2.0"}, {"num_fewshot": 5}, {"chat": True}, {"limit": 10}, {"metric": "acc"}]
)
def test_results_that_were_asked_otherwise_stand_in_rows_of_their_own(change: dict[str, Any]) -> None:
    one, other = checkpoint("one"), checkpoint("other")
    found = table([result(one), result(other)])
    assert found and [[bool(cell) for cell in cells] for _, cells in found.rows] == [[True, True]]
    apart = table([result(one), result(other, **change)])
    assert apart and sorted([bool(cell) for cell in cells] for _, cells in apart.rows) == [
        [False, True],
        [True, False],
    ]


def test_of_several_results_of_a_checkpoint_the_first_given_is_shown() -> None:
    one = checkpoint("one")
    newest = result(one, value=0.4)
    found = table([newest, result(one, value=0.3)])
    assert found and found.rows[0][1][0] == TaskCell(newest)


def test_parts_of_a_task_stand_behind_it() -> None:
    one = checkpoint("one")
    rows = [("anatomy", "mmlu"), ("arc_easy", ""), ("mmlu", ""), ("zoology", "mmlu")]
    found = table([result(one, task=task, part_of=part_of) for task, part_of in rows])
    assert found and [asked.task for asked, _ in found.rows] == ["arc_easy", "mmlu", "anatomy", "zoology"]


def test_an_interval_is_made_of_the_harnesss_error_where_the_value_is_a_share() -> None:
    of = checkpoint("one")
    cell = TaskCell(result(of, value=0.5, standard_error=0.02))
    assert cell.low == pytest.approx(0.461, abs=0.001) and cell.high == pytest.approx(0.539, abs=0.001)
    for unknown in (
        {"standard_error": None},
        {"standard_error": 0.02, "n": 0},
        {"standard_error": 0.2, "value": 12.5},
    ):
        assert TaskCell(result(of, **({"task": "other"} | unknown))).ends == (None, None)


def test_no_more_checkpoints_are_shown_than_fit_and_nothing_is_no_table() -> None:
    found = table([result(checkpoint(f"m{number}")) for number in range(SHOWN + 2)])
    assert found and len(found.checkpoints) == SHOWN == len(found.rows[0][1])
    assert table([]) is None
