"""A model of a few thousand weights, and programs run in this process: torch is imported once."""

from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.training.frozen import write_data
from training import specs
from training.rundir import Result, RunDir
from training.specs import Spec

pytest.importorskip("trl", reason="the training extra is not installed: make install")

from training.jobs import create, dpo, keep_best, kto, merge, online, reward, running, sample, score, sft

WORK: dict[str, Any] = {
    "create": create.create,
    "sft": sft.sft,
    "reward": reward.reward,
    "dpo": dpo.dpo,
    "online": online.online,
    "kto": kto.kto,
    "merge": merge.merge,
    "sample": sample.sample,
    "score": score.score,
    "keep_best": keep_best.keep_best,
}
if find_spec("lm_eval"):
    from training.jobs import lm_eval

    WORK["lm_eval"] = lm_eval.lm_eval
SMALL = {"gpus": 0, "precision": "fp32", "threads": 1, "seed": 7}
TRAINING = SMALL | {"template": "own", "gradient_checkpointing": False, "log_every": 1, "max_length": 128}
TRAINING |= {"batch_size": 4, "micro_batch_size": 4, "epochs": 1.0, "learning_rate": 1e-2}

Records = Iterable[dict[str, Any]]
Run = Callable[..., tuple[RunDir, Result]]


def ask(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


DEMONSTRATIONS = [
    {"prompt_id": number, "prompt": ask(f"List {word} tools."), "response": f"the {word} saw and the {other} rope."}
    for number, (word, other) in enumerate([("old", "new"), ("red", "big"), ("two", "red"), ("new", "old")] * 4)
]
PREFERENCES = [
    {
        "pair_id": number,
        "prompt_id": number,
        "prompt": record["prompt"],
        "chosen": record["response"],
        "rejected": f"rope {number} rope",
        "margin": float(1 + number % 3),
        "votes": 1,
        "split": "test" if number % 4 == 3 else "train",
    }
    for number, record in enumerate(DEMONSTRATIONS)
]


def make(path: Path, kind: str, data: Mapping[str, Records] | None = None, **fields: Any) -> RunDir:
    """A run directory with its data and its spec."""
    run = RunDir(path)
    files = {name: write_data(run, name, records) for name, records in (data or {}).items()}
    common = TRAINING if issubclass(specs.SPECS[kind], specs.Training) else SMALL
    plain = {"data": {name: {"path": file.path, "sha256": file.sha256} for name, file in files.items()}}
    return RunDir.create(path, specs.parse(kind, common | plain | fields))


def perform(run: RunDir, stop: running.StopRequest | None = None) -> Result:
    spec: Spec = run.spec
    running.perform(WORK[spec.kind], type(spec), run, stop or running.StopRequest(run))
    result = run.read_result()
    assert result
    return result


@pytest.fixture
def do(tmp_path: Path) -> Run:
    """`do("sft", {"train": records}, base=…)`: the directory and the result of a program that ran to its end."""

    def do(
        kind: str, data: Mapping[str, Records] | None = None, name: str = "", **fields: Any
    ) -> tuple[RunDir, Result]:
        run = make(tmp_path / (name or kind), kind, data, **fields)
        return run, perform(run)

    return do


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An untrained checkpoint."""
    path = tmp_path_factory.mktemp("base") / "create"
    run = make(path, "create", {"corpus": DEMONSTRATIONS}, vocabulary=300, width=16, layers=1, heads=2, positions=256)
    assert perform(run).state == "succeeded"
    return str(run.output)


@pytest.fixture(scope="session")
def reward_model(base: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    run = make(tmp_path_factory.mktemp("reward") / "run", "reward", {"train": PREFERENCES}, base=base)
    assert perform(run).state == "succeeded"
    return str(run.output)
