"""Where a checkpoint comes from, back to the first, in as many queries however long the line."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from annotation.models import Version
from tests.annotation.making import author
from training.models import Checkpoint, Run, RunVersion

Make = Callable[..., Checkpoint]


@pytest.mark.parametrize("length", [1, 10])
def test_its_line_leads_back_to_the_first_with_runs_and_their_data(
    make_checkpoint: Make, make_run: Callable[..., Run], corpus: Version, length: int
) -> None:
    last: Checkpoint | None = None
    for n in range(length):
        run = make_run()
        RunVersion.objects.create(run=run, version=corpus, role="input", name="train")
        RunVersion.objects.create(run=run, version=corpus, role="output", name="made")
        last = make_checkpoint(f"m{n}", base=last, run=run)
    assert last
    with CaptureQueriesContext(connection) as asked:
        line = last.lineage()
    assert [step.checkpoint.name for step in line] == [f"m{n}" for n in reversed(range(length))]
    assert all(step.run and step.versions == [corpus] for step in line) and len(asked) == 3


def test_one_that_was_brought_in_by_its_folder_has_no_run(make_checkpoint: Make) -> None:
    made = make_checkpoint()
    assert [tuple(step) for step in made.lineage()] == [(made, None, [])]


def test_a_name_and_a_run_belong_to_one_checkpoint(make_checkpoint: Make, make_run: Callable[..., Run]) -> None:
    run = make_run()
    make_checkpoint("one", run=run)
    with pytest.raises(IntegrityError, match="checkpoint_once_in_project"), transaction.atomic():
        Checkpoint.objects.create(name="one", kind="policy", author=author("other"), path="/models/other")
    with pytest.raises(IntegrityError, match="run"), transaction.atomic():
        make_checkpoint("two", run=run)
