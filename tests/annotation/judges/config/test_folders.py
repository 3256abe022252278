from pathlib import Path
from typing import Any

import pytest
import yaml

from annotation.judges.config.description import Judge, JudgeInvalid
from annotation.judges.config.folders import read
from annotation.judges.config.registry import base

# Which judges an admin keeps to other projects is in the database.
pytestmark = pytest.mark.django_db

WHOLE = {"title": "A", "says": "B", "version": 1, "protocol": "pairwise", "model": "small"}
TEXTS = {"user": "{conversation} {first} {second}"}


def judge(folder: Path, said: Any, texts: dict[str, str] = TEXTS) -> Judge:
    (folder / "judge.yaml").write_text(said if isinstance(said, str) else yaml.safe_dump(said))
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text)
    return read(folder, base)


def test_yaml_and_texts_make_a_judge(tmp_path: Path) -> None:
    found = judge(tmp_path, WHOLE | {"samples": 3, "price": {"input": 1}}, TEXTS | {"reference": "{reference}"})
    assert (found.name, found.samples, found.price.of(10**6, 5)) == (tmp_path.name, 3, 1)
    assert (found.system, found.reference) == ("", "{reference}")


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"title": "A"}, "key `says`.*missing"),
        ("- a list", "must be keys with values"),
        ("title: [", "no YAML"),
        (WHOLE | {"colour": "red"}, "key `colour`: it means nothing. Known are like, title"),
        (WHOLE | {"name": "other"}, "key `name`: it means nothing"),
        (WHOLE | {"version": 0}, "key `version`.*>= 1"),
        (WHOLE | {"protocol": "guessing"}, "key `protocol`.*guessing"),
        (WHOLE | {"price": {"input": "dear"}}, "key `price.input`.*got `str`"),
        (WHOLE | {"samples": 33}, "key `samples`.*<= 32"),
        (WHOLE | {"model": ""}, "key `model`: it is missing"),
        (WHOLE | {"protocol": "rating"}, r"user\.txt: it has no place \{response\}"),
        (WHOLE | {"protocol": "program", "program": "three"}, "key `program`: there is no program 'three'"),
        (WHOLE | {"like": "nobody"}, "key `like`: There is no judge 'nobody'"),
    ],
)
def test_what_is_wrong_is_said_by_file_key_and_remedy(tmp_path: Path, said: Any, says: str) -> None:
    with pytest.raises(JudgeInvalid, match=f"(?s){tmp_path.name}.*{says}"):
        judge(tmp_path, said)


def test_a_text_that_nobody_reads_is_named_with_those_that_are_read(tmp_path: Path) -> None:
    with pytest.raises(JudgeInvalid, match=r"rubric\.txt: nobody reads it.*system\.txt"):
        judge(tmp_path, WHOLE, TEXTS | {"rubric": "Be fair."})


def test_a_text_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "system.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(JudgeInvalid, match=r"system\.txt: .*UTF-8"):
        judge(tmp_path, WHOLE)


def test_a_folders_name_is_a_plain_one(tmp_path: Path) -> None:
    folder = tmp_path / "my judge"
    folder.mkdir()
    with pytest.raises(JudgeInvalid, match="rename it"):
        judge(folder, WHOLE)
