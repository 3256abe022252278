"""When runs that wait may begin, from what those at work say of themselves."""

from studio.gpus import Gpu
from training.models import Run
from training.runs.expected_start import expected
from training.runs.machines import Machine


def machine(name: str, many: int, slots: int = 4) -> Machine:
    return Machine(name, tuple(Gpu(n, f"{name}-{n}", "H200", 143771) for n in range(many)), slots)


def at_work(worker: str, uuids: list[str], left: float | None) -> Run:
    return Run(worker=worker, gpu_uuids=uuids, eta_seconds=left)


def wanting(pk: int, gpus: int) -> Run:
    return Run(pk=pk, spec={"settings": {"gpus": gpus}})


def test_it_begins_when_as_many_are_free_as_it_wants() -> None:
    running = [at_work("m", ["m-0"], 100.0), at_work("m", ["m-1", "m-2"], 50.0)]
    assert expected([wanting(1, 2)], [machine("m", 4)], running) == {1: 50.0}
    assert expected([wanting(1, 4)], [machine("m", 4)], running) == {1: 100.0}
    assert expected([wanting(1, 1)], [machine("m", 4)], running) == {1: 0.0}


def test_of_two_machines_it_takes_the_one_that_is_free_first() -> None:
    running = [at_work("m", ["m-0"], 100.0), at_work("n", ["n-0"], 30.0)]
    assert expected([wanting(1, 1)], [machine("m", 1), machine("n", 1)], running) == {1: 30.0}


def test_who_says_nothing_of_its_time_leaves_it_open() -> None:
    assert expected([wanting(1, 2)], [machine("m", 2)], [at_work("m", ["m-0"], None)]) == {}


def test_behind_a_run_of_which_nobody_knows_how_long_it_takes_it_is_open() -> None:
    running = [at_work("m", ["m-0"], 100.0)]
    assert expected([wanting(1, 2), wanting(2, 1)], [machine("m", 2)], running) == {1: 100.0}
    assert expected([wanting(1, 1), wanting(2, 1)], [machine("m", 2)], running) == {1: 0.0, 2: 100.0}


def test_a_machine_takes_so_many_runs_at_once() -> None:
    running = [at_work("m", [], 70.0)]
    assert expected([wanting(1, 1)], [machine("m", 2, slots=1)], running) == {1: 70.0}
    assert expected([wanting(1, 0)], [machine("m", 0, slots=1)], running) == {1: 70.0}


def test_what_fits_nowhere_has_no_time() -> None:
    assert expected([wanting(1, 8), wanting(2, 1)], [machine("m", 2)], []) == {2: 0.0}
