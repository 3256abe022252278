"""A mixture of datasets: what each gives, counted, drawn by a seed, with nothing learnt that another holds out."""

from pathlib import Path
from typing import Any

import pytest

from tests.training.jobs.conftest import DEMONSTRATIONS, Run, ask, make
from training.jobs.mixture import Mixture
from training.jobs.running import Job, StopRequest


def rows(name: str, count: int) -> list[dict[str, Any]]:
    return [{"prompt_id": at, "prompt": ask(f"{name} {at}"), "response": f"{name} {at}"} for at in range(count)]


def mixture(path: Path, data: dict[str, list[dict[str, Any]]], **settings: Any) -> Mixture:
    run = make(path / "run", "sft", data, **settings)
    return Mixture(Job(run, run.spec, StopRequest(run)))


def said(found: Mixture) -> dict[str, int]:
    """How often each response is learnt."""
    counted: dict[str, int] = {}
    for record in found.learnt():
        counted[record["response"]] = counted.get(record["response"], 0) + 1
    return counted


def test_without_shares_every_row_of_every_dataset_is_learnt_once(tmp_path: Path) -> None:
    found = mixture(tmp_path, {"train": rows("a", 3), "train_2": rows("b", 5)})
    assert list(said(found).values()) == [1] * 8
    assert [(part.name, part.rows, part.drawn) for part in found.parts] == [("train", 3, 3), ("train_2", 5, 5)]


def test_a_large_dataset_is_cut_and_a_small_one_repeated(tmp_path: Path) -> None:
    found = mixture(tmp_path, {"train": rows("a", 16), "train_2": rows("b", 4)}, shares=[1.0, 1.0])
    often = said(found)
    first, second = ([often.get(f"{name} {at}", 0) for at in range(16)] for name in "ab")
    assert sum(first) == 10 and set(first) == {0, 1}
    assert sum(second) == 10 and set(second[:4]) == {2, 3}
    large, small = found.parts
    assert (large.share, large.rows, large.different, large.drawn) == (0.5, 16, 10, 10)
    assert (small.share, small.rows, small.different, small.drawn) == (0.5, 4, 4, 10)


def test_the_seed_says_which_rows_are_in(tmp_path: Path) -> None:
    data = {"train": rows("a", 16), "train_2": rows("b", 4)}
    first, again, other = (
        said(mixture(tmp_path / str(at), data, shares=[1.0, 1.0], mixed_rows=12, seed=seed))
        for at, seed in enumerate((1, 1, 2))
    )
    assert first == again and first != other and sum(other.values()) == 12


def test_what_one_dataset_holds_out_no_other_teaches(tmp_path: Path) -> None:
    held = [record | {"split": "test"} for record in rows("a", 2)]
    found = mixture(tmp_path, {"train": held, "train_2": rows("a", 5)}, shares=[1.0, 3.0])
    assert said(found).keys() == {"a 2", "a 3", "a 4"} and len(list(found.held_out())) == 2
    assert found.job.found.counts["dropped_held_out"] == 2
    assert [part.drawn for part in found.parts] == [0, 3]


@pytest.mark.parametrize("shares", [[1.0], [1.0, 1.0, 1.0]])
def test_shares_that_are_not_one_for_each_dataset_are_refused(tmp_path: Path, shares: list[float]) -> None:
    with pytest.raises(ValueError, match="shares: give 2, one for each dataset"):
        mixture(tmp_path, {"train": rows("a", 2), "train_2": rows("b", 2)}, shares=shares)


def test_a_run_learns_the_mixture_and_says_of_what(do: Run, base: str) -> None:
    data = {"train": DEMONSTRATIONS[:4], "train_2": rows("b", 12)}
    run, result = do("sft", data, base=base, shares=[0.5, 0.5])
    assert result.state == "succeeded" and result.counts["rows"] == 16 and result.counts["steps"] == 4
    assert [(part["name"], part["drawn"]) for part in result.figures["mixture"]] == [("train", 8), ("train_2", 8)]
