"""The part of the suite that tests one room or module: `python -m tests.part annotation/review`.

`make test WHAT=annotation/review` runs it. A room is tested by the folder that mirrors it and by those of its pages,
quickly: without a browser, and without what trains models or starts whole studios. A module is tested by its own
file, or by its room where it has none. A folder of tests that mirrors no room, such as `e2e`, is run whole.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ("frontend/pages", "frontend/presenters")
# Rooms of pages show the room of their name, and these.
SHOWN = {
    "annotation": ("data", "review", "datasets", "judges"),
    "annotation/arena": ("evaluation",),
    "annotation/interchange": ("data",),
    "annotation/moves": ("data",),
    "studio/accounts": ("frame",),
    "studio/accounts/acts": ("people",),
    "studio/accounts/sign_in": ("frame",),
    "training": ("training", "evaluation"),
    "training/checkpoints": ("training",),
    "training/recipes": ("training",),
    "training/runs": ("training",),
}
QUICK = ["-m", "not browser and not slow"]


class NoTests(Exception):
    """Nothing tests what was named; the message says what can be named."""


def part(name: str) -> list[str]:
    """The tests of `annotation/review`, `annotation/review/queue.py` or `e2e`, as paths. Raises NoTests."""
    where = Path(name.strip("/").removeprefix("tests/"))
    module = where.with_suffix("")
    # Commands are tested in one folder of their app, under their own names.
    mirror = Path("tests", *(word for word in module.parts if word != "commands"))
    file = mirror.parent / f"test_{module.name}.py"
    shown = SHOWN.get(str(where), (where.name,) if len(where.parts) > 1 else ())
    rooms = [Path("tests") / pages / room for pages in PAGES for room in shown]
    found = list(dict.fromkeys(str(path) for path in (mirror, file, *rooms) if tested(ROOT / path)))
    if found:
        return found
    if (ROOT / "tests" / where).is_file():
        return [str(Path("tests") / where)]
    if (ROOT / module).with_suffix(".py").is_file():
        return part(str(module.parent))
    raise NoTests(
        f"WHAT={name}: there is no folder {mirror} with tests and no file {file}. "
        "Name a folder or a module, such as annotation/review or annotation/review/queue."
    )


def tested(path: Path) -> bool:
    return path.is_file() or any(path.rglob("test_*.py"))


def is_room(name: str) -> bool:
    """Whether it names a room or a module of the product, whose tests are run quickly."""
    where = ROOT / name.strip("/").removesuffix(".py")
    return ROOT / "tests" not in (where, *where.parents) and (where.is_dir() or where.with_suffix(".py").is_file())


def main(names: list[str]) -> int:
    try:
        told = [path for name in names for path in part(name)]
    except NoTests as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if all(map(is_room, names)):
        return pytest.main([*QUICK, *told])
    subprocess.run(["sh", ".ci/chromium"], cwd=ROOT, check=True)
    return pytest.main(told)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
