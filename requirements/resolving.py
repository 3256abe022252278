"""What pip's resolver makes of lists of packages. Nothing is installed; of a wheel, only its metadata is fetched."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).resolve().parent
LOCK = HERE / "constraints.txt"
CAUSES = re.compile(r"The conflict is caused by:\n((?: +\S.*\n)+)")
CONSTRAINT = re.compile(r"The user requested \(constraint\) (\S+?)(?=[=<>!~])")
MISSING = re.compile(r"No matching distribution found for (.+)")


class Unresolvable(Exception):
    """No versions are what all ask for: names who asks for what."""


@dataclass(frozen=True)
class Package:
    """A version of a package, the Pythons that it is for, and what it needs, as its metadata says it."""

    name: str
    version: str
    python: str
    needs: tuple[str, ...]


def lists() -> list[Path]:
    """Those that are held to the lock; the others name each file by its hash and bring nothing along."""
    return [path for path in sorted(HERE.glob("*.txt")) if path != LOCK and not by_hash(path)]


def by_hash(file: Path) -> bool:
    return "--hash" in file.read_text(encoding="utf-8")


def resolve(files: Iterable[Path], *options: str, python: str = sys.executable) -> list[Package]:
    """What `python` would have of these lists; `options` are pip's, such as `--no-index`. Raises Unresolvable."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        words = ["--dry-run", "--ignore-installed", "--use-feature", "fast-deps", "--report", str(report), *options]
        words += [word for file in files for word in ("-r", str(file))]
        # A folder of wheels beside the index may have a torch for CPUs, which hides what the one for GPUs needs.
        environ = os.environ | {"PIP_FIND_LINKS": folder}
        pip = [sys.executable, "-m", "pip", "--python", python, "install", *words]
        done = subprocess.run(pip, env=environ, capture_output=True, text=True, check=False)
        if done.returncode:
            said = done.stdout + done.stderr
            raise Unresolvable(conflict(said) or said)
        return [package(one["metadata"]) for one in json.loads(report.read_text(encoding="utf-8"))["install"]]


def package(metadata: dict[str, Any]) -> Package:
    version = metadata["version"].partition("+")[0]
    return Package(
        metadata["name"], version, metadata.get("requires_python", ""), tuple(metadata.get("requires_dist", ()))
    )


def conflict(said: str) -> str:
    """Who asks for what, one a line, of all that pip said; empty if that is not what it died of."""
    causes = CAUSES.search(said)
    if causes:
        return "\n".join(line.strip() for line in causes[1].splitlines())
    missing = MISSING.search(said)
    return f"There is no {missing[1]} for this Python and this system." if missing else ""


def to_blame(error: Unresolvable) -> set[str]:
    """The packages of the lock that have a part in it."""
    return set(CONSTRAINT.findall(str(error)))
