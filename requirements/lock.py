"""Makes the lock, by pip's resolver: one version of each package for all lists together. `make lock`; some minutes.

constraints.txt has the versions, which pip is held to; needs.json what each of them needs, by which the checks put
every list through the resolver within seconds and without a network. A version of the present lock stays unless it is
in the way; without constraints.txt, all are chosen anew.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from requirements.resolving import HERE, LOCK, Package, Unresolvable, lists, resolve, to_blame

NEEDS = HERE / "needs.json"
# The lock is for both; whoever has a newer one is held to it too.
PYTHONS = ("python3.11", "python3.12")
HEAD = "# One version of every package, for all lists together. Made by `make lock`, with needs.json.\n"
NAME = re.compile(r"[A-Za-z0-9._-]+")


def interpreter(name: str) -> str | None:
    """Where `python3.12` is, if it is on this machine and starts."""
    kept = (Path.home() / ".pyenv/versions").glob(f"{name.removeprefix('python')}.*/bin/{name}")
    for path in (shutil.which(name), *map(str, kept)):
        if path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
            return path
    return None


def pins(lock: Path) -> dict[str, str]:
    lines = lock.read_text(encoding="utf-8").splitlines() if lock.exists() else []
    return dict(line.split("==") for line in lines if "==" in line)


def write_pins(lock: Path, versions: dict[str, str]) -> None:
    rows = sorted((f"{name}=={version}\n" for name, version in versions.items()), key=str.lower)
    lock.write_text(HEAD + "".join(rows), encoding="utf-8")


def renewed(files: Iterable[Path], held: dict[str, str], python: str, *options: str) -> list[Package]:
    """Packages that go together, as many of them as possible in the version of `held`. Raises Unresolvable."""
    with TemporaryDirectory() as folder:
        lock = Path(folder) / "constraints.txt"
        while True:
            write_pins(lock, held)
            try:
                return resolve(files, "--constraint", str(lock), *options, python=python)
            except Unresolvable as error:
                kept = without(held, to_blame(error))
                if kept == held:
                    raise
                sys.stdout.write(f"{error}\nNo longer held: {', '.join(sorted(held.keys() - kept.keys()))}\n\n")
                held = kept


def without(held: dict[str, str], names: set[str]) -> dict[str, str]:
    plain = {normal(name) for name in names}
    return {name: version for name, version in held.items() if normal(name) not in plain}


def normal(name: str) -> str:
    """As the index compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def write_needs(path: Path, packages: Iterable[Package]) -> None:
    """One package a line. A need that nobody asks for, such as that of an extra, is none of the lock's packages."""
    found = {normal(one.name): one for one in packages}
    rows = [
        json.dumps([one.name, one.version, one.python, [need for need in one.needs if named(need) in found]])
        for _, one in sorted(found.items())
    ]
    path.write_text("[\n" + ",\n".join(rows) + "\n]\n", encoding="utf-8")


def named(need: str) -> str:
    name = NAME.match(need)
    return normal(name[0]) if name else ""


def read_needs(path: Path) -> list[Package]:
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [Package(name, version, python, tuple(needs)) for name, version, python, needs in rows]


def main() -> None:
    held, found = pins(LOCK), dict[str, Package]()
    for name in PYTHONS:
        python = interpreter(name)
        if python is None:
            sys.exit(f"The lock is made for {' and '.join(PYTHONS)}; there is no {name} here.")
        found |= {one.name: one for one in renewed(lists(), held, python)}
        held |= {one.name: one.version for one in found.values()}
    write_pins(LOCK, {one.name: one.version for one in found.values()})
    write_needs(NEEDS, found.values())


if __name__ == "__main__":
    main()
