"""Runs are named by what they do, and what they make by the run."""

from collections.abc import Callable
from typing import Any

import pytest

from annotation.judges.config.registry import load
from annotation.models import ProjectDefaults, Version
from tests.annotation.making import collection, judge, pair
from tests.frontend.machines import checkpoint
from training.models import Checkpoint, Run
from training.models.runs import LONGEST_NAME, called
from training.runs import launching, names
from training.runs.forms import FormInvalid
from training.runs.names import RunOutput, title

MINE = Version(name="mine", number=3)


@pytest.mark.parametrize(
    ("kind", "chosen", "named"),
    [
        ("create", {}, "New model from mine v3"),
        ("dpo", {}, "DPO on mine v3 from sft-7b"),
        ("sample", {"draws": [{"n": 64}]}, "64 samples of mine v3 by sft-7b"),
        ("sample", {"draws": [{"n": 4}, {"n": 1}]}, "Samples of mine v3 by sft-7b"),
        ("score", {}, "sft-7b scores mine v3"),
        ("keep_best", {"keep": 2}, "Keep the best 2 responses to each prompt in mine v3"),
        ("lm_eval", {"tasks": ["arc_easy", "gsm8k"]}, "arc_easy, gsm8k on sft-7b"),
        ("judge", {"judge": "xwin_pair"}, "xwin_pair judges pairs of mine v3"),
        ("recipe", {"recipe": "xwin", "scale": "trial", "seed": 3}, "Xwin trial, seed 3"),
    ],
)
def test_a_run_is_called_by_what_it_does_on_what(kind: str, chosen: dict[str, Any], named: str) -> None:
    assert title(kind, Checkpoint(name="sft-7b"), {"train": MINE}, chosen) == named


def test_a_judging_run_says_how_many_pairs_its_judge_has_still_to_judge(db: None) -> None:
    judge(pair("1"), 1, load("xwin_pair").author_name)
    pair("2")
    asked: dict[str, Any] = {"judge": "xwin_pair", "collection": "a-collection", "source": "", "pairs": []}
    assert title("judge", None, {}, asked) == "xwin_pair judges 1 pair of a-collection"
    assert title("judge", None, {}, asked | {"source": "none"}) == "xwin_pair judges pairs of a-collection from none"
    assert title("judge", None, {}, asked | {"collection": "", "pairs": [7]}) == "xwin_pair judges 1 chosen pair"


def test_among_very_many_pairs_none_are_counted(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(2):
        pair(str(n))
    asked: dict[str, Any] = {"judge": "xwin_pair", "collection": "a-collection", "source": "", "pairs": []}
    for most, said in ((2, "2 pairs"), (1, "pairs")):
        monkeypatch.setattr(names, "MOST_COUNTED", most)
        assert title("judge", None, {}, asked) == f"xwin_pair judges {said} of a-collection"


def test_a_long_name_is_cut_where_its_parts_are_long_and_the_words_stay() -> None:
    long = title("dpo", Checkpoint(name="descent " * 30), {"train": Version(name="data " * 20, number=1)}, {})
    assert len(long) <= LONGEST_NAME and long.startswith("DPO on data data") and " from descent" in long


def test_what_another_run_left_is_named_by_that_run() -> None:
    given = {"responses": RunOutput(12, "set.jsonl", "sft-samples-9")}
    assert title("score", Checkpoint(name="rm-9"), given, {}) == "rm-9 scores set of sft-samples-9"


def test_an_evaluation_of_one_checkpoint_names_it_and_its_baseline(db: None) -> None:
    compared: dict[str, Any] = {"checkpoint": checkpoint("sft-7b").pk, "baseline": None}
    one = {"comparisons": [compared], "judge": "rubric_two"}
    assert title("evaluate", None, {"prompts": MINE}, one) == "Evaluate sft-7b on mine v3 by rubric_two"
    compared["baseline"] = checkpoint("base").pk
    assert title("evaluate", None, {"prompts": MINE}, one) == "Evaluate sft-7b against base on mine v3 by rubric_two"


def test_a_name_that_is_taken_gets_the_changed_settings_and_then_a_number(make_run: Callable[..., Run]) -> None:
    def free() -> str:
        return names.free("DPO on mine v3", "dpo", {"beta": 0.5, "precision": "fp32"}, {})

    for expected in ("DPO on mine v3", "DPO on mine v3, beta 0.5", "DPO on mine v3, beta 0.5 · 2"):
        assert free() == expected
        make_run(name=expected)
    assert free() == "DPO on mine v3, beta 0.5 · 3"


def test_a_name_that_is_taken_says_only_what_somebody_changed(make_run: Callable[..., Run]) -> None:
    name = "xwin_pair judges pairs of toys from first"
    make_run(name=name)
    given = {"judge": "xwin_pair", "collection": "toys", "source": "first", "budget": 1.5}
    assert names.free(name, "judge", given, {"budget": 1.5}) == f"{name} · 2"
    assert names.free(name, "judge", given | {"budget": 2.5}, {"budget": 1.5}) == f"{name}, budget 2.5"


def test_a_second_run_by_the_defaults_of_a_project_has_a_number(db: None) -> None:
    ProjectDefaults.objects.create(budget=1.5)
    pair(collection=collection("toys"))
    called = [launching.launch("judge", {"judge": "rubric_one", "collection": "toys"}).name for _ in range(2)]
    assert called[1] == f"{called[0]} · 2"


def test_what_is_made_is_called_as_a_person_called_the_run_or_in_short(make_run: Callable[..., Run]) -> None:
    recipe = make_run(kind="recipe")
    stage, own = make_run(parent=recipe, stage="rs", kind="sft"), make_run(kind="dpo")
    assert (names.made(stage), names.made(own)) == (f"rs-{recipe.pk}", f"dpo-{own.pk}")
    names.rename(own, "  bolder   than before ")
    own.refresh_from_db()
    assert (own.name, names.made(own)) == ("bolder than before", "bolder than before")


@pytest.mark.parametrize("name", ["", "  ", "a\0b", "x" * (LONGEST_NAME + 1)])
def test_a_run_keeps_its_name_where_the_new_one_does_not_fit(make_run: Callable[..., Run], name: str) -> None:
    with pytest.raises(FormInvalid, match="1 to 80"):
        names.rename(make_run(), name)


def test_runs_are_found_by_words_and_by_number(make_run: Callable[..., Run]) -> None:
    found, other = make_run(name="DPO on mine"), make_run(name="SFT")
    assert Run.objects.get(called("on MINE")) == found
    assert Run.objects.get(called(f"#{other.pk}")) == other
