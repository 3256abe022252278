"""Which benchmarks can be launched and measured: those of the table."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.utils.module_loading import import_string

from training.evaluation.benchmarks import BENCHMARKS
from training.evaluation.benchmarks.measurement import measure
from training.runs import forms
from training.runs.failures import RunFailed


def test_each_benchmark_of_the_table_has_what_measures_it() -> None:
    assert BENCHMARKS and all(callable(import_string(benchmark.measure)) for benchmark in BENCHMARKS.values())


def test_another_is_refused_at_the_launch_with_those_that_there_are() -> None:
    _, errors = forms.checked("benchmark", {"benchmark": "mine", "judge": "j", "collection": "c", "authors": [1]})
    assert errors == {"benchmark": f"“mine” is not one of {', '.join(BENCHMARKS)}."}


def test_a_run_of_one_that_is_no_longer_there_fails_in_words() -> None:
    run = SimpleNamespace(spec={"settings": {"benchmark": "gone"}})
    with pytest.raises(RunFailed, match="gone is not measured here. There is alpaca_eval"):
        measure(cast(Any, run), cast(Any, None))
