"""A judging run against a local endpoint that answers after a second: how busy it keeps it, and what that costs."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from studio.embedded.steps import ROOT
from tests.bench import moving
from tests.bench.figures import Figure, Found
from tests.bench.studio import Studio, StudioFailed

IN_FLIGHT = 200
SECONDS = 1.0
FEW, MANY = 2_000, 10_000


@dataclass
class Answering:
    """The endpoint's process: its address, and once it has ended, what it saw."""

    process: "subprocess.Popen[str]"
    address: str
    seen: dict[str, float] = field(default_factory=dict)

    def end(self) -> None:
        said, _ = self.process.communicate()
        self.seen = json.loads(said)

    @property
    def busy(self) -> float:
        """The share of the seats that was taken, from the first question to the last answer."""
        return self.seen["spent"] / (self.seen["seconds"] * IN_FLIGHT)


def measure(studio: Studio) -> Iterator[Found]:
    few, _ = judged("bench-few", FEW)
    told, seen = judged("bench-many", MANY)
    detail = f"{told['calls']} calls in {told['seconds']:.1f} s, at most {seen['most_at_once']:.0f} at once"
    yield Figure("seats of a judge's endpoint kept busy", 100 * seen["busy"], "%", 90, at_least=True, detail=detail)
    yield Figure("calls to a judge", told["calls"] / told["seconds"], "a second")
    cores = told["cpu"] / told["seconds"]
    detail = f"{1000 * told['cpu'] / told['calls']:.2f} ms of processor time a call"
    yield Figure("cores of the process that asks", cores, "cores", 1, detail=detail)
    detail = f"{few['peak_mb']:.0f} MB at {FEW:,} calls, {told['peak_mb']:.0f} MB at {MANY:,}"
    grown = told["peak_mb"] - few["peak_mb"]
    yield Figure("what its memory grows at five times the calls", grown, "MB", 15, detail=detail)


def judged(slug: str, calls: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the asking process told of itself, and what the endpoint saw. Raises StudioFailed."""
    make_pairs(slug, calls // 2)
    with answering() as endpoint:
        named = {"OPENAI_BASE_URL": endpoint.address, "OPENAI_API_KEY": "none", "OPENAI_IN_FLIGHT": str(IN_FLIGHT)}
        command = [sys.executable, "-m", "tests.bench.asking", slug, str(calls)]
        run = subprocess.run(command, cwd=ROOT, env=os.environ | named, capture_output=True, text=True, check=False)
    if run.returncode or (told := json.loads(run.stdout))["calls"] != calls:
        raise StudioFailed(f"{calls} calls were wanted: {run.stdout} {run.stderr[-2000:]}")
    return told, endpoint.seen | {"busy": endpoint.busy}


@contextmanager
def answering() -> Iterator[Answering]:
    command = [sys.executable, "-m", "tests.bench.answering", str(SECONDS)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    endpoint = Answering(process, json.loads(process.stdout.readline())["address"])
    try:
        yield endpoint
    finally:
        endpoint.end()


def make_pairs(slug: str, count: int) -> None:
    """Pairs as long as those of a chat, each of other texts than the others'."""
    lines = (line | {"prompt": f"{slug} {line['prompt']}", "judgments": []} for line in moving.pairs(count))
    moving.imported(b"".join(orjson.dumps(line) + b"\n" for line in lines), "pairs", slug)
