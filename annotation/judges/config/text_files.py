"""Files that describe judges, read anew when they change: workers live longer than a text stays as it is."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from annotation.judges.config.description import JudgeInvalid

# The file, and when and how long it was last written.
Stamp = tuple[Path, int, int]


def stamp(path: Path) -> Stamp:
    """Raises JudgeInvalid."""
    try:
        found = path.stat()
    except OSError as error:
        raise JudgeInvalid(f"{path}: there is no such file. Write it, or mend what names it.") from error
    return path, found.st_mtime_ns, found.st_size


def text(path: Path) -> str:
    """Raises JudgeInvalid."""
    return read(stamp(path))


def described(path: Path) -> dict[str, Any]:
    """A YAML file that holds keys with values. Raises JudgeInvalid."""
    return parsed(stamp(path))


def rows(path: Path) -> list[dict[str, Any]]:
    """A JSONL file. Raises JudgeInvalid."""
    found = []
    for number, line in enumerate(text(path).splitlines(), start=1):
        try:
            row = json.loads(line) if line.strip() else None
        except json.JSONDecodeError as error:
            raise JudgeInvalid(f"{path}, line {number}: {error}. Each line is one JSON object.") from error
        if isinstance(row, dict):
            found.append(row)
    return found


@lru_cache(maxsize=512)
def read(stamped: Stamp) -> str:
    path = stamped[0]
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise JudgeInvalid(f"{path}: {error}. It must be a readable text file in UTF-8.") from error


@lru_cache(maxsize=512)
def parsed(stamped: Stamp) -> dict[str, Any]:
    path = stamped[0]
    try:
        found = yaml.safe_load(read(stamped))
    except yaml.YAMLError as error:
        raise JudgeInvalid(f"{path}: this is no YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(found, dict):
        raise JudgeInvalid(f"{path}: it must be keys with values, such as `title: Mine`.")
    return found
