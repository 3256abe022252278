from pathlib import Path

import pytest
from pytest_django import Settings

from annotation.judges import protocols
from annotation.judges.config.registry import JudgeInvalid, found, load, names, ready

# Which judges an admin keeps to other projects is in the database.
pytestmark = pytest.mark.django_db

ASPECTS = ["helpfulness", "honesty", "instruction_following", "truthfulness"]
LIBRARY = sorted([*ASPECTS, "evidence", "logprob", "ranking", "rating", "rubric_one", "rubric_two", "xwin_pair"])
# A text that changes needs a new number: its judgments are another author's.
DIGESTS = {
    "evidence": (1, "727c89e7e7ec0607"),
    "helpfulness": (1, "a1bfb801a855176b"),
    "honesty": (1, "0dca26c39d019679"),
    "instruction_following": (1, "d879b0a4bd6de536"),
    "logprob": (1, "d8c80bee4b675a04"),
    "ranking": (1, "66d9ec50e715b05e"),
    "rating": (1, "25e8a42c22598644"),
    "rubric_one": (1, "d9f71d72c27489d2"),
    "rubric_two": (1, "86dbe85b4f3e8127"),
    "truthfulness": (1, "da5caf17433cb554"),
    "xwin_pair": (1, "b9795567dab7b908"),
}

MINE = "{like: xwin_pair, title: Mine, model: small, endpoint: cluster, price: {}, settings: {temperature: 0.5}}"


def write(folder: Path, yaml: str, **texts: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "judge.yaml").write_text(yaml)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text)


def test_every_judge_of_the_library_loads_and_says_what_it_is() -> None:
    assert [name for name in names() if "/" not in name] == LIBRARY
    for name in LIBRARY:
        judge = load(name)
        assert judge.name == name and judge.title and judge.says
        if judge.protocol == "program":
            assert "program" in judge.title and "not a model" in judge.says
        else:
            assert all(f"{{{place}}}" in judge.user for place in protocols.of(judge).PLACES)
            assert "not an instruction" in judge.system


@pytest.mark.parametrize("name", LIBRARY)
def test_a_changed_judge_of_the_library_has_a_new_number(name: str) -> None:
    judge = load(name)
    assert (judge.version, judge.digest[:16]) == DIGESTS[name], "count its version up, and note the digest here"


def test_a_judge_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(JudgeInvalid, match="nobody.*rubric_one"):
        load("nobody")


def test_a_folder_of_ones_own_adds_a_judge_that_is_like_another(tmp_path: Path, settings: Settings) -> None:
    write(tmp_path / "mine", MINE)
    settings.JUDGES = str(tmp_path)
    mine, other = load("mine"), load("xwin_pair")
    assert "mine" in names()
    assert (mine.title, mine.model, mine.settings, mine.version) == ("Mine", "small", {"temperature": 0.5}, 1)
    assert (mine.protocol, mine.system, mine.user) == (other.protocol, other.system, other.user)
    assert mine.author_name == "mine v1 · small"


def test_a_bad_folder_breaks_no_other_judge(tmp_path: Path, settings: Settings) -> None:
    write(tmp_path / "good", MINE)
    write(tmp_path / "bad", "{title: Bad}")
    settings.JUDGES = str(tmp_path)
    assert "good" in names() and "bad" not in names()
    assert "bad/judge.yaml" in found()["bad"] and found()["good"] == ""


def test_a_folder_cannot_take_the_name_of_the_librarys(tmp_path: Path, settings: Settings) -> None:
    write(tmp_path / "xwin_pair", MINE)
    settings.JUDGES = str(tmp_path)
    assert load("xwin_pair").title == "Xwin-Pair"
    assert "rename" in found()[str(tmp_path / "xwin_pair")]


def test_a_changed_file_is_read_anew(tmp_path: Path, settings: Settings) -> None:
    settings.JUDGES = str(tmp_path)
    write(tmp_path / "mine", MINE)
    assert load("mine").model == "small"
    write(tmp_path / "mine", MINE.replace("small", "smaller"))
    assert load("mine").model == "smaller"


@pytest.mark.django_db
def test_a_judge_that_changed_since_it_judged_is_not_ready(tmp_path: Path, settings: Settings) -> None:
    settings.JUDGES = str(tmp_path)
    write(tmp_path / "mine", MINE)
    assert ready("mine").author == ready("mine").author
    write(tmp_path / "mine", MINE, system="Be kind.")
    with pytest.raises(JudgeInvalid, match="mine: system changed since mine v1 · small judged"):
        ready("mine")
