"""Small rows for tests of the machines' pages: `run()`, `checkpoint("sft")`, `evaluation(of, against)`."""

from collections.abc import Iterable
from typing import Any

from annotation.datasets import versions
from annotation.models import Prompt, Version
from tests.annotation.making import author
from training.models import Checkpoint, Evaluation, Run


def run(kind: str = "sft", **fields: Any) -> Run:
    return Run.objects.create(**({"kind": kind, "name": f"A run of {kind}", "spec": {}, "queue": "gpu"} | fields))


def running(**fields: Any) -> Run:
    lease = {"state": "running", "leased_until": "2100-01-01T00:00Z", "claim": "00000000-0000-0000-0000-000000000001"}
    return run(**(lease | fields))


def checkpoint(name: str = "a-model", kind: str = "policy", **fields: Any) -> Checkpoint:
    writer = author(name, "model" if kind == "policy" else "reward_model")
    return Checkpoint.objects.create(
        **({"name": name, "kind": kind, "author": writer, "path": "/models/tiny"} | fields)
    )


def version(prompts: Iterable[Prompt], kind: str = "prompts", name: str = "held out") -> Version:
    answered: dict[str, dict[str, Any]] = {
        "prompts": {},
        "demonstrations": {"response": "Yes."},
        "preferences": {"pair_id": None, "chosen": "Yes.", "rejected": "No.", "margin": 1.0, "votes": 1},
    }
    rows = [{"prompt_id": one.pk, "prompt": one.messages} | answered[kind] for one in prompts]
    return versions.freeze_rows(name, kind, rows, {})


def evaluation(
    of: Checkpoint,
    against: Checkpoint | None,
    prompts: Version,
    rate: tuple[float, float, float] | None = None,
    score: tuple[float, float, float] | None = None,
    **fields: Any,
) -> Evaluation:
    """`rate` and `score` are (value, low, high)."""
    whole: dict[str, Any] = {"run": fields.pop("run", None) or run("evaluate"), "judge": author("a-rubric", "judge")}
    whole |= {"protocol": "ratings", "decoding": "sampled", "n": 300, "prompts": prompts}
    for name, found in (("win_rate", rate), ("score", score)):
        if found:
            whole |= dict(zip((name, f"{name}_low", f"{name}_high"), found, strict=True))
    return Evaluation.objects.create(checkpoint=of, baseline=against, **(whole | fields))
