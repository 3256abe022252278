"""The table of kinds: every name in it is one, and code speaks of no other."""

from typing import get_args

import pytest
from django.utils.module_loading import import_string

from training import specs
from training.models import Checkpoint, Run
from training.runs.kinds import KINDS, CheckpointKind, Kind, labels


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_what_does_the_work_and_what_reads_it_back_are_there(kind: Kind) -> None:
    assert callable(import_string(kind.work)) and callable(import_string(kind.ingest))


def test_the_kinds_with_a_program_are_those_that_have_a_spec() -> None:
    assert {name for name, kind in KINDS.items() if kind.has_program} == set(specs.SPECS)
    assert all(KINDS[name].settings is spec for name, spec in specs.SPECS.items())


def test_the_kinds_that_code_speaks_of_are_in_the_table() -> None:
    assert set(Run.Kind) <= KINDS.keys()
    assert set(get_args(CheckpointKind)) == set(Checkpoint.Kind.values)


def test_a_run_knows_the_label_of_a_kind_that_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "kto", Kind(label="KTO", settings=specs.Dpo, queue=KINDS["dpo"].queue))
    assert ("kto", "KTO") in labels()
    assert Run(kind="kto").get_kind_display() == "KTO"
