"""The part of the suite that tests one room or module: `python -m tests.part annotation/review`.

`make test WHAT=annotation/review` runs it. A room is tested by the folder that mirrors it and by those of its pages,
quickly: without a browser, and without what trains models or starts whole studios. A folder of tests that mirrors no
room, such as `e2e`, is run whole.
"""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# A room of pages has the name of the room that it shows.
PAGES = ("frontend/pages", "frontend/presenters")
QUICK = ["-m", "not browser and not slow"]


class NoTests(Exception):
    """Nothing tests what was named; the message says what can be named."""


def part(name: str) -> list[str]:
    """What to tell pytest for `annotation/review`, `annotation/review/queue.py` or `e2e`. Raises NoTests."""
    where = Path(name.strip("/").removeprefix("tests/"))
    module = where.with_suffix("")
    folder, file = Path("tests") / where, Path("tests") / module.parent / f"test_{module.name}.py"
    pages = [Path("tests") / pages / where.name for pages in PAGES if len(where.parts) > 1]
    found = list(dict.fromkeys(str(path) for path in (folder, file, *pages) if tested(ROOT / path)))
    if not found:
        raise NoTests(
            f"WHAT={name}: there is no folder {folder} with tests and no file {file}. "
            "Name a folder or a module, such as annotation/review or annotation/review/queue."
        )
    return [*QUICK, *found] if is_room(module) else found


def tested(path: Path) -> bool:
    return path.is_file() or any(path.rglob("test_*.py"))


def is_room(where: Path) -> bool:
    return (ROOT / where).is_dir() or (ROOT / where).with_suffix(".py").is_file()


def main(names: list[str]) -> int:
    try:
        told = [word for name in names for word in part(name)]
    except NoTests as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return pytest.main(told)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
