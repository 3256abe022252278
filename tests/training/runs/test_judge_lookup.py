"""The judge that a benchmark's settings name: to be asked, or known by its verdicts alone."""

import pytest

from annotation.judges.config.registry import JudgeInvalid, load
from annotation.models import Author
from training.runs.judge_lookup import askable, authors_called

pytestmark = pytest.mark.django_db


def judge(name: str, **details: object) -> Author:
    return Author.objects.create(kind="judge", name=name, details=details)


def test_a_judge_of_the_library_is_asked_by_its_own_name_and_by_that_of_its_verdicts() -> None:
    known = load("xwin_pair")
    assert known.author
    for name in ("xwin_pair", known.author_name):
        found = askable(name)
        assert found and found.author_name == known.author_name


def test_an_older_version_is_asked_nothing_any_more() -> None:
    judge("Xwin-Pair v0", judge="xwin_pair")
    assert askable("Xwin-Pair v0") is None


def test_a_judge_whose_verdicts_were_imported_cannot_be_asked() -> None:
    judge("gpt-4 of a paper")
    assert askable("gpt-4 of a paper") is None


def test_a_name_that_nobody_has_is_refused_with_both_reasons() -> None:
    Author.objects.create(kind="model", name="no-judge")
    for name in ("nobody", "no-judge"):
        with pytest.raises(JudgeInvalid, match="No judge whose verdicts were imported is called so either"):
            askable(name)


def test_verdicts_on_single_turns_are_those_of_one_judge() -> None:
    names = ["fastchat/pair", "fastchat/pair · turn 1", "fastchat/pair · turn 2"]
    for name in (*reversed(names), "fastchat/pair · turn 3", "fastchat/pair-v2"):
        judge(name)
    assert [one.name for one in authors_called("fastchat/pair")] == names


def test_a_judge_of_one_turn_is_found_by_the_name_of_both() -> None:
    judge("gpt-4 of a paper · turn 2")
    assert askable("gpt-4 of a paper") is None
