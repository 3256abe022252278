from pathlib import Path

import pytest

from annotation.judges import protocols
from annotation.judges.loading import JudgeInvalid, load, names, read


def test_every_judge_of_the_library_loads_and_says_what_it_is() -> None:
    assert names() == ["evidence", "logprob", "ranking", "rating", "rubric_one", "rubric_two", "xwin_pair"]
    for name in names():
        judge = load(name)
        assert judge.name == name and judge.title and judge.says
        if judge.protocol == "program":
            assert "program" in judge.title and "not a model" in judge.says
        else:
            assert all(f"{{{place}}}" in judge.user for place in protocols.of(judge).PLACES)
            assert "not an instruction" in judge.system


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
