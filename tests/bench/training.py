"""Training programs beside what they are made of: bare TRL, padded pairs, padded batches, the raw engine, a bare COPY.

Both sides of a row run in turn in this run, each in a process of its own. Seconds are the processor's, without those
in which a process imports its libraries: another program on the machine then costs neither side.
"""

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from studio.embedded.steps import ROOT
from tests.bench.figures import Figure, Found, Skipped
from tests.bench.populate import WORDS
from tests.bench.studio import Studio
from training import specs
from training.rundir import RunDir, digest_of

ROUNDS = 2
TINY = {"width": 96, "layers": 2, "heads": 4, "vocabulary": 400, "positions": 1024}
SMALL: dict[str, Any] = {"gpus": 0, "precision": "fp32", "threads": 1, "seed": 7}
STEPS = {
    "batch_size": 16,
    "micro_batch_size": 16,
    "max_length": 640,
    "template": "own",
    "gradient_checkpointing": False,
}
SFT = SMALL | STEPS | {"max_steps": 30, "learning_rate": 1e-3}
DPO = SMALL | STEPS | {"max_steps": 12, "learning_rate": 1e-4}
PAIRS = SMALL | STEPS | {"max_steps": 5, "batch_size": 8, "micro_batch_size": 8, "learning_rate": 1e-4}


def measure(studio: Studio) -> Iterator[Found]:
    if find_spec("trl") is None:
        yield Skipped("training programs", "the training extra is not installed: make install")
        return
    with TemporaryDirectory() as folder:
        bench = Path(folder)
        base = created(bench)
        yield from trained(bench, base)
        scored = spent("scoring", bench)
        yield Figure("scoring beside padded batches in file order", scored["by"] / scored["ours"], "×", 2, True)
        yield from sampled(bench, base)
    yield with_vllm()
    yield Skipped("training, sampling and scoring on a GPU", "not measured: nothing here had one")


def trained(bench: Path, base: str) -> Iterator[Found]:
    short, long = conversations(600, (4, 40)), conversations(60, (150, 200))
    sft = run(bench / "sft", "sft", SFT | {"base": base}, short)
    yield beside("SFT beside a bare TRL script", [("bare", sft), ("ours", sft)], 1.0)
    dpo = run(bench / "dpo", "dpo", DPO | {"base": base}, short)
    yield beside("DPO beside a bare TRL script", [("bare", dpo), ("ours", dpo)], 1.0)
    padded = run(bench / "padded", "dpo", PAIRS | {"base": base}, long)
    shared = run(bench / "shared", "dpo", PAIRS | {"base": base, "share_prompts": True}, long)
    yield beside("DPO with shared prompts beside padded pairs", [("ours", padded), ("ours", shared)], 1.3)


def sampled(bench: Path, base: str) -> Iterator[Found]:
    draws = [{"n": 64, "limit": 4, "temperature": 1.0}]
    settings = SMALL | {"base": base, "draws": draws, "max_tokens": 24, "batch_size": 64, "template": "own"}
    asked = run(bench / "sample", "sample", settings, conversations(4, (200, 300)), "prompts")
    found = spent("sampling", asked)
    yield Figure("sampling n = 64 beside duplicated prompts", found["by"] / found["ours"], "×", 1.3, True)
    yield Figure("sampling n = 64 beside the raw engine", found["raw"] / found["ours"], "×", 0.95, True)


def with_vllm() -> Found:
    """Its CPU build has no wheel among the locked packages; where one is installed, `generate` stands beside it."""
    what = "sampling by vLLM beside LLM.generate by hand"
    return Skipped(what, "not measured: vLLM is not installed" if find_spec("vllm") is None else "not measured")


def beside(what: str, sides: list[tuple[str, Path]], bar: float) -> Figure:
    """How many times as fast the second side is; the fastest of some rounds of each, in turn."""
    seconds: list[list[float]] = [[], []]
    for _ in range(ROUNDS):
        for number, (how, directory) in enumerate(sides):
            seconds[number].append(spent(how, directory)["seconds"])
    first, second = map(min, seconds)
    return Figure(what, first / second, "×", bar, True, detail=f"{first:.2f} s of processor time, now {second:.2f} s")


def spent(how: str, directory: Path) -> dict[str, float]:
    """What a program says of itself, in a folder of its own."""
    work = directory.with_name(f"{directory.name}-work")
    shutil.copytree(directory, work)
    command = [sys.executable, "-m", "tests.bench.programs", how, str(work)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    shutil.rmtree(work)
    if done.returncode:
        raise RuntimeError(f"{how}: {done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def created(bench: Path) -> str:
    """A model with random weights."""
    directory = run(bench / "create", "create", SMALL | TINY, conversations(100, (4, 40)), "corpus")
    command = [sys.executable, "-m", "training.jobs.create", str(directory)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    return str(directory / "output")


def conversations(count: int, words: tuple[int, int]) -> list[dict[str, Any]]:
    """Prompts of so many words, each with two short responses."""
    chance = random.Random(7)

    def text(first: int, last: int) -> str:
        return " ".join(chance.choices(WORDS.split(), k=chance.randint(first, last)))

    return [
        {
            "prompt_id": number,
            "pair_id": number,
            "prompt": [{"role": "user", "content": text(*words)}],
            "response": (chosen := text(4, 24)),
            "chosen": chosen,
            "rejected": text(4, 24),
        }
        for number in range(count)
    ]


def run(path: Path, kind: str, settings: dict[str, Any], records: list[dict[str, Any]], name: str = "train") -> Path:
    path.mkdir()
    data = path / f"{name}.jsonl"
    data.write_bytes(b"".join(msgspec.json.encode(record) + b"\n" for record in records))
    known = {name: {"path": data.name, "sha256": digest_of(data)}}
    RunDir.create(path, specs.parse(kind, settings | {"data": known}))
    return path
