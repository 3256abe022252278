"""What must be done before the pages open, and only when something changed since it was last done."""

import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from studio.embedded.folder import Folder

ROOT = Path(__file__).resolve().parents[2]
LOCK = "requirements/constraints.txt"


class StepFailed(Exception):
    """A preparing command ended with an error; its own words were printed."""


@dataclass(frozen=True)
class Step:
    """`manage.py` words, and the files on which their outcome depends."""

    name: str
    says: str
    words: tuple[str, ...]
    sources: tuple[str, ...]

    def digest(self, environ: Mapping[str, str]) -> str:
        """Of the sources and of the place: another database wants its own migrations."""
        state = hashlib.sha256(environ.get("DATABASE_URL", environ.get("DATABASE_URL_FILE", "")).encode())
        for path in sorted({path for pattern in self.sources for path in ROOT.glob(pattern) if path.is_file()}):
            state.update(f"{path.relative_to(ROOT)}\n".encode())
            state.update(path.read_bytes())
        return state.hexdigest()

    def due(self, folder: Folder, environ: Mapping[str, str]) -> bool:
        stamp = self.stamp(folder)
        return not stamp.exists() or stamp.read_text(encoding="ascii") != self.digest(environ)

    def done(self, folder: Folder, environ: Mapping[str, str]) -> None:
        self.stamp(folder).write_text(self.digest(environ), encoding="ascii")

    def stamp(self, folder: Folder) -> Path:
        return folder.stamps / self.name

    def start(self, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "manage.py", *self.words], env=dict(environ), cwd=ROOT)


# Our own: what others bring stands in the lock file, and a walk through `.venv` takes a second.
MIGRATIONS = ("[a-z]*/migrations/*.py", "studio/*/migrations/*.py")
# The steps of one row run side by side.
STEPS = (
    (
        Step("migrate", "Preparing the database", ("migrate", "--verbosity", "0"), (*MIGRATIONS, LOCK)),
        Step(
            "collectstatic",
            "Collecting scripts and styles",
            ("collectstatic", "--noinput", "--clear", "--verbosity", "0"),
            ("*/static/**/*", LOCK, "studio/settings.py"),
        ),
    ),
    (
        Step(
            "bootstrap",
            "Making the admin's account and the demo",
            ("bootstrap",),
            (
                "annotation/demo/**/*",
                "**/management/commands/bootstrap.py",
                "training/evaluation/leaderboards/published.*",
            ),
        ),
    ),
)


def any_due(folder: Folder, environ: Mapping[str, str]) -> bool:
    return any(step.due(folder, environ) for row in STEPS for step in row)


def run_due(folder: Folder, environ: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Run what is due, row by row. Raises StepFailed; what had succeeded is not done again."""
    for row in STEPS:
        begun = []
        for step in row:
            if step.due(folder, environ):
                say(f"{step.says} …")
                begun.append((step, step.start(environ)))
        finish(begun, folder, environ)


def finish(begun: Iterable[tuple[Step, subprocess.Popen[bytes]]], folder: Folder, environ: Mapping[str, str]) -> None:
    failed = []
    for step, process in begun:
        if process.wait():
            failed.append(step.name)
        else:
            step.done(folder, environ)
    if failed:
        raise StepFailed(f"manage.py {', '.join(failed)} failed; its own words are above.")
