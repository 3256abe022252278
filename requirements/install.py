"""Installs the named requirement files into the running environment, and shows how far it is.

A file that did not change since it was installed costs nothing. Standard library only.
"""

import hashlib
import subprocess
import sys
import time
from pathlib import Path
from subprocess import PIPE, STDOUT

from requirements import gpu_machine
from requirements.resolving import HERE, LOCK, by_hash, conflict

STAMPS = Path(sys.prefix) / "installed"
LAST = 30
REMEDY = (
    "The lists of requirements/ go together on Linux (x86-64) with Python 3.11 or 3.12: make clean, then make run "
    "PYTHON=python3.12. If you changed a list, `make lock` finds versions that do, or says why there are none."
)
# What pip says when it takes up the next package.
STEPS = ("Collecting ", "Requirement already satisfied: ")


def options(file: Path) -> list[str]:
    """The servers are checked by hash and bring no Python of their own; the rest is held to the lock."""
    if by_hash(file):
        return ["--require-hashes", "--no-deps"]
    return ["--constraint", str(LOCK)]


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes() + LOCK.read_bytes()).hexdigest()


def install(name: str) -> bool:
    file, stamp = HERE / f"{name}.txt", STAMPS / name
    if not file.exists():
        known = ", ".join(sorted(path.stem for path in HERE.glob("*.txt") if path != LOCK))
        sys.stderr.write(f"There is no extra named {name!r}. Known: {known}\n")
        return False
    if stamp.exists() and stamp.read_text(encoding="ascii") == digest(file):
        return True
    if name == "gpu" and (refused := gpu_machine.refusal()):
        sys.stderr.write(f"{refused}\n")
        return False
    if not pip_install(name, file):
        return False
    if name == "gpu":
        sys.stdout.writelines(f"{words}\n" for words in gpu_machine.missing())
    STAMPS.mkdir(exist_ok=True)
    stamp.write_text(digest(file), encoding="ascii")
    return True


def pip_install(name: str, file: Path) -> bool:
    # Python compiles what it imports; compiling all of torch beforehand takes longer than installing it.
    words = ["-m", "pip", "install", "--no-compile", "--progress-bar", "off", *options(file), "-r", str(file)]
    begun = time.monotonic()
    words_of_pip = []
    seen = 0
    with subprocess.Popen([sys.executable, *words], stdout=PIPE, stderr=STDOUT, text=True) as pip:
        for line in pip.stdout or ():
            words_of_pip.append(line)
            if line.lstrip().startswith(STEPS):
                seen += 1
                show(f"Installing {name}: {seen} packages, {time.monotonic() - begun:.0f} s", last=False)
    if pip.returncode:
        sys.stderr.write(f"\n{complaint(file, words_of_pip)}\n")
        return False
    show(f"Installed {name}: {seen} packages in {time.monotonic() - begun:.0f} s", last=True)
    return True


def complaint(file: Path, lines: list[str]) -> str:
    """Where packages do not go together, which; else pip's last words."""
    causes = conflict("".join(lines))
    if not causes:
        return f"{''.join(lines[-LAST:])}\nInstalling {file.name} failed."
    return f"{file.name} cannot be installed:\n\n{causes}\n\n{REMEDY}"


def show(words: str, last: bool) -> None:
    """One line that renews itself on a terminal; elsewhere only the last state."""
    if sys.stdout.isatty():
        sys.stdout.write(f"\r\033[K{words}" + ("\n" if last else " …"))
    elif last:
        sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(not all(install(name) for name in sys.argv[1:]))
