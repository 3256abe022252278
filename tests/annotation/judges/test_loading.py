from pathlib import Path

import pytest

from annotation.judges import loading
from annotation.judges.loading import JudgeInvalid, load, names, read


def test_every_judge_of_the_library_loads_and_says_what_it_is() -> None:
    assert names() == ["rubric_one", "rubric_two", "xwin_pair"]
    for name in names():
        judge = load(name)
        assert judge.name == name and judge.title and judge.says
        if judge.protocol == "program":
            assert "program" in judge.title and "not a model" in judge.says
        else:
            assert all(place in judge.user for place in ("{conversation}", "{first}", "{second}"))


def test_a_judge_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(JudgeInvalid, match="nobody.*rubric_one"):
        load("nobody")


@pytest.mark.parametrize(
    ("text", "says"),
    [("title: A", "says"), ("- a list", "judge.yaml"), ("title: [", "judge.yaml"), ("colour: red", "colour|title")],
)
def test_a_folder_that_is_no_judge_says_what_to_mend(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "judge.yaml").write_text(text)
    with pytest.raises(JudgeInvalid, match=says):
        read(tmp_path)


@pytest.mark.django_db
def test_another_version_or_model_is_another_author(tmp_path: Path) -> None:
    (tmp_path / "judge.yaml").write_text("{title: A, says: B, version: 1, protocol: pairwise, model: small}")
    first = read(tmp_path).author
    assert (first.kind, first.name) == ("judge", f"{tmp_path.name} v1 · small")
    loading.read.cache_clear()
    (tmp_path / "judge.yaml").write_text("{title: A, says: B, version: 2, protocol: pairwise, model: small}")
    assert read(tmp_path).author != first
