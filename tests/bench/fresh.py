"""A clean clone (of what is committed) in an empty home, until its first page: only pip's cache is kept."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from studio.embedded.steps import ROOT
from tests.bench.figures import Figure, Found, Skipped
from tests.bench.studio import NAMED, StudioFailed, answers, free_port

LABEL_STUDIO = "≈ 173 s (pip to first page)"
PATIENCE_SECONDS = 900.0
# What `make run` is to find of this shell: neither its virtual environment nor its studio.
UNNAMED = (*NAMED, "VIRTUAL_ENV", "PYTHON", "MAKE", "XDG_")


def measure() -> Iterator[Found]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        yield Skipped("fresh machine to first page", "this is no clone, or git is missing")
        return
    for words, extras, bar in (("without", "", 60), ("with", "train", 180)):
        cached = size(pip_cache())
        with TemporaryDirectory(prefix="xwin-fresh-", ignore_cleanup_errors=True) as folder:
            took = first_page(Path(folder), extras)
        what = f"fresh machine to first page, {words} the training extra"
        detail = f"pip's cache held {cached / 1e6:,.0f} MB before and {size(pip_cache()) / 1e6:,.0f} MB after"
        yield Figure(what, took, "s", bar, label_studio=LABEL_STUDIO, detail=detail)


def first_page(folder: Path, extras: str) -> float:
    """Seconds from `make run` until /health/ready says yes. Raises StudioFailed."""
    clone, home, port = folder / "studio", folder / "home", free_port()
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone)], check=True)
    home.mkdir()
    with (folder / "said.log").open("wb") as said:
        began = time.monotonic()
        process = subprocess.Popen(
            ["make", "run", f"EXTRAS={extras}"],
            cwd=clone,
            env=empty_environment(home, port),
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        try:
            while not answers(port, "/health/ready"):
                if process.poll() is not None or time.monotonic() - began > PATIENCE_SECONDS:
                    last_words = (folder / "said.log").read_text()[-2000:]
                    raise StudioFailed(f"make run did not open the studio:\n{last_words}")
                time.sleep(0.1)
            return time.monotonic() - began
        finally:
            stop(process)


def empty_environment(home: Path, port: int) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(UNNAMED)}
    return plain | {"HOME": str(home), "PIP_CACHE_DIR": str(pip_cache()), "STUDIO_PORT": str(port)}


def pip_cache() -> Path:
    return Path(os.environ.get("PIP_CACHE_DIR") or Path.home() / ".cache" / "pip")


def size(folder: Path) -> int:
    """Bytes of what lies in it; a first run, with nothing there, measures the network."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def stop(process: "subprocess.Popen[bytes]") -> None:
    """As Ctrl-C does: to the whole group, since make passes nothing on."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)
