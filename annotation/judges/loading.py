"""Judges by name. A judge is a folder: `judge.yaml`, and the texts that it is asked with."""

from functools import cache
from pathlib import Path

import msgspec
import yaml

from annotation.judges.describing import Judge as Judge
from annotation.judges.describing import JudgeInvalid as JudgeInvalid
from annotation.judges.describing import Price as Price

LIBRARY = Path(__file__).parent / "library"


def names() -> list[str]:
    return sorted(folder.parent.name for folder in LIBRARY.glob("*/judge.yaml"))


def load(name: str) -> Judge:
    """Raises JudgeInvalid."""
    if name not in names():
        raise JudgeInvalid(f"There is no judge {name!r}. There are {', '.join(names())}.")
    return read(LIBRARY / name)


@cache
def read(folder: Path) -> Judge:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.txt")}
    try:
        described = yaml.safe_load((folder / "judge.yaml").read_text(encoding="utf-8"))
        return msgspec.convert(described | texts | {"name": folder.name}, Judge)
    except (OSError, yaml.YAMLError, msgspec.ValidationError, TypeError) as error:
        raise JudgeInvalid(f"{folder.name}/judge.yaml: {error}") from error
