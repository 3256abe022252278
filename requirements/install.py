"""Installs the named requirement files into the running environment, and shows how far it is.

A file that did not change since it was installed costs nothing. Standard library only.
"""

import hashlib
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from subprocess import PIPE, STDOUT

HERE = Path(__file__).resolve().parent
STAMPS = Path(sys.prefix) / "installed"
LOCK = HERE / "constraints.txt"
# What pip says when it takes up the next package.
STEPS = ("Collecting ", "Requirement already satisfied: ")


def options(file: Path) -> list[str]:
    """The servers are checked by hash and bring no Python of their own; the rest is held to the lock."""
    if "--hash" in file.read_text(encoding="utf-8"):
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
    if not pip_install(name, file):
        return False
    STAMPS.mkdir(exist_ok=True)
    stamp.write_text(digest(file), encoding="ascii")
    return True


def pip_install(name: str, file: Path) -> bool:
    # Python compiles what it imports; compiling all of torch beforehand takes longer than installing it.
    words = ["-m", "pip", "install", "--no-compile", "--progress-bar", "off", *options(file), "-r", str(file)]
    begun = time.monotonic()
    last_words: deque[str] = deque(maxlen=30)
    seen = 0
    with subprocess.Popen([sys.executable, *words], stdout=PIPE, stderr=STDOUT, text=True) as pip:
        for line in pip.stdout or ():
            last_words.append(line)
            if line.lstrip().startswith(STEPS):
                seen += 1
                show(f"Installing {name}: {seen} packages, {time.monotonic() - begun:.0f} s", last=False)
    if pip.returncode:
        sys.stderr.write(f"\n{''.join(last_words)}\nInstalling {file.name} failed.\n")
        return False
    show(f"Installed {name}: {seen} packages in {time.monotonic() - begun:.0f} s", last=True)
    return True


def show(words: str, last: bool) -> None:
    """One line that renews itself on a terminal; elsewhere only the last state."""
    if sys.stdout.isatty():
        sys.stdout.write(f"\r\033[K{words}" + ("\n" if last else " …"))
    elif last:
        sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(not all(install(name) for name in sys.argv[1:]))
