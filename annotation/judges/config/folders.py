"""A judge from its folder: `judge.yaml` and the texts beside it. What is wrong is said by file, key and remedy."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from annotation.judges import protocols
from annotation.judges.config import text_files
from annotation.judges.config.description import Judge, JudgeInvalid

TEXTS = ("system", "user", "reference")
# What a folder cannot say: these come from where the judge was found.
NOT_SAID = {"name", "known_as", "prompts", "parser", "parser_settings", "order_seed", *TEXTS}
SAID = tuple(field for field in Judge.__struct_fields__ if field not in NOT_SAID)
KEY = re.compile(r"(?:field |at `\$\.?)`?([\w.\[\]]+)")
NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


def names(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in folder.glob("*/judge.yaml"))


def read(folder: Path, load: Callable[[str], Judge]) -> Judge:
    """`load` finds the judge that this one is `like`. Raises JudgeInvalid."""
    path = folder / "judge.yaml"
    described = dict(text_files.described(path))
    if not NAME.fullmatch(folder.name):
        raise JudgeInvalid(f"{folder}: rename it, with letters, digits, `-`, `_` and `.` only.")
    if unknown := [str(key) for key in described if key not in {*SAID, "like"}]:
        raise JudgeInvalid(f"{path}, key `{unknown[0]}`: it means nothing. Known are like, {', '.join(SAID)}.")
    said = inherited(path, described.pop("like", None), load) | described | texts(folder) | {"name": folder.name}
    try:
        judge = msgspec.convert(said, Judge)
    except msgspec.ValidationError as error:
        raise JudgeInvalid(f"{path}{key_of(error)}: {error}. annotation/judges/README.md has the keys.") from error
    check(folder, judge)
    return judge


def inherited(path: Path, like: Any, load: Callable[[str], Judge]) -> dict[str, Any]:
    """All that is said of another judge, but the number of its version, which is this one's own to count."""
    if like is None:
        return {}
    try:
        said: dict[str, Any] = msgspec.to_builtins(load(str(like)))
    except JudgeInvalid as error:
        raise JudgeInvalid(f"{path}, key `like`: {error}") from error
    return said | {"version": 1, "known_as": ""}


def texts(folder: Path) -> dict[str, str]:
    found = {path.stem: path for path in sorted(folder.glob("*.txt"))}
    if unknown := found.keys() - set(TEXTS):
        name = sorted(unknown)[0]
        raise JudgeInvalid(
            f"{found[name]}: nobody reads it. The texts are {', '.join(f'{one}.txt' for one in TEXTS)}."
        )
    return {name: text_files.text(path) for name, path in found.items()}


def key_of(error: msgspec.ValidationError) -> str:
    found = KEY.search(str(error))
    return f", key `{found[1]}`" if found else ""


def check(folder: Path, judge: Judge) -> None:
    if judge.protocol == "program":
        if judge.program not in {"one", "two"}:
            raise JudgeInvalid(f"{folder / 'judge.yaml'}, key `program`: there is no program {judge.program!r}.")
        return
    if judge.protocol not in protocols.PROTOCOLS:
        known = ", ".join(["program", *protocols.PROTOCOLS])
        raise JudgeInvalid(
            f"{folder / 'judge.yaml'}, key `protocol`: there is no {judge.protocol!r}. There are {known}."
        )
    if not judge.model:
        raise JudgeInvalid(
            f"{folder / 'judge.yaml'}, key `model`: it is missing. Name the model as its endpoint does."
        )
    missing = [f"{{{place}}}" for place in protocols.of(judge).PLACES if f"{{{place}}}" not in judge.user]
    if missing:
        raise JudgeInvalid(
            f"{folder / 'user.txt'}: it has no place {' and '.join(missing)}, so nothing is shown there."
        )
