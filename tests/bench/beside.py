"""`python -m tests.bench.beside CHECKOUT`: this server's pages beside those of another checkout, asked in turn.

Both are open at once with the same pairs in them, and each page is asked of one, then of the other: what else the
machine does meanwhile slows both. CHECKOUT has a `.venv` of its own or a link to one.
"""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import geometric_mean, median
from typing import Any

from studio.embedded.steps import ROOT
from tests.bench.pages import ROUNDS, one, request_headers

SHOWN = 6


def main(other: Path) -> None:
    with held_open(other) as theirs, held_open(ROOT) as ours:
        pages = [page for page in theirs["asked"] if page in ours["asked"]]
        before, now = asked_in_turn(pages, theirs, ours)
    ratios = {page: median(now[page]) / median(before[page]) for page in pages}
    order = sorted(pages, key=lambda page: ratios[page], reverse=True)
    for page in (*order[:SHOWN], *order[-SHOWN:]):
        sys.stdout.write(f"{ratios[page]:6.2f}  {median(before[page]):6.1f} → {median(now[page]):6.1f} ms  {page}\n")
    sys.stdout.write(f"{geometric_mean(ratios.values()):6.2f}  of the other's time, {len(pages)} pages, p50\n")


@contextmanager
def held_open(checkout: Path) -> Iterator[dict[str, Any]]:
    # -P: the folder of the program holds a `studio.py` that would hide the checkout's `studio`.
    command = [str(checkout / ".venv" / "bin" / "python"), "-P", str(Path(__file__).with_name("held_open.py"))]
    environ = os.environ | {"PYTHONPATH": str(checkout)}
    with subprocess.Popen(
        command, cwd=checkout, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as held:
        assert held.stdout
        assert held.stdin
        yield json.loads(held.stdout.readline())
        held.stdin.close()


def asked_in_turn(pages: list[str], *servers: dict[str, Any]) -> list[dict[str, list[float]]]:
    """Milliseconds of each server's pages; the first request of each only warms it."""
    found: list[dict[str, list[float]]] = [{page: [] for page in pages} for _ in servers]
    lines = [http.client.HTTPConnection("127.0.0.1", server["port"], timeout=60) for server in servers]
    for number in range(ROUNDS + 1):
        for page in pages:
            for server, line, times in zip(servers, lines, found, strict=True):
                took = one(line, page, request_headers(server["cookies"]))
                times[page] += [took] if number else []
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
