"""Several checkpoints of one architecture as one: `python -m training.jobs.merge RUNDIR`.

Their mean by weights, or SLERP of two (Shoemake 1985, "Animating rotation with quaternion curves"), which keeps the
length of what it turns. Tensor by tensor: of each only as many as there are checkpoints are in memory.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from math import prod
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoTokenizer

from training.jobs import weight_files
from training.jobs.kept_adapters import base_of
from training.jobs.running import Job, log, main
from training.jobs.weight_files import WeightFolder
from training.rundir import ProgressWriter
from training.specs import Merge, SpecError

# Vectors whose cosine is above it are taken for parallel: an arc between them is a line.
PARALLEL = 0.9995


def merge(job: Job[Merge]) -> None:
    spec, folders = job.spec, [job.checkpoint("base"), *job.checkpoints("others")]
    refuse_counts(spec, len(folders))
    weights = shares(spec.weights, len(folders))
    with ExitStack() as opened:
        parents = [opened.enter_context(WeightFolder(folder)) for folder in folders]
        refuse_differences(parents, spec.trust_remote_code)
        weight_files.copy_beside(folders[0], job.run.output)
        shapes = parents[0].shapes
        progress = ProgressWriter(job.run, len(shapes), "tensors")
        done = 0

        def merged(names: Sequence[str]) -> Iterator[torch.Tensor]:
            nonlocal done
            for name in names:
                job.stop.check()
                yield one_of(spec, [parent.read(name) for parent in parents], weights)
                done += 1
                progress.tell(done)

        for file, found in parents[0].layout.items():
            weight_files.write(job.run.output / file, found, merged(list(found)))
    job.found.counts["tensors"] = len(shapes)
    job.found.figures["parameters"] = sum(prod(about.shape) for about in shapes.values())
    log.info("%d checkpoints became one of %d tensors", len(folders), len(shapes))


def refuse_counts(spec: Merge, checkpoints: int) -> None:
    """Raises SpecError."""
    if checkpoints < 2:
        raise SpecError("others", "is empty; name a checkpoint to merge with")
    if spec.way == "slerp" and checkpoints != 2:
        raise SpecError("others", f"slerp takes one besides the base, and there are {checkpoints - 1}; use linear")


def shares(weights: Sequence[float], checkpoints: int) -> list[float]:
    """In [0, 1], all of them 1. Raises SpecError."""
    given = list(weights) or [1.0] * checkpoints
    if len(given) != checkpoints:
        raise SpecError("weights", f"give {checkpoints}, one for each checkpoint, the base first, or none")
    return [weight / sum(given) for weight in given]


def refuse_differences(parents: Sequence[WeightFolder], trust_remote_code: bool) -> None:
    """Raises SpecError, which names the first thing that is not the same in all of them."""
    first, *others = parents
    for number, one in enumerate(parents):
        if base_of(one.folder):
            which = f"number {number} is" if number else "the base is"
            raise SpecError("others", f"{which} a kept adapter without whole weights; merge what was merged itself")
    known, tokens = first.shapes, vocabulary(first.folder, trust_remote_code)
    for number, other in enumerate(others, 1):
        names = [architecture(one.folder, trust_remote_code) for one in (first, other)]
        if names[0] != names[1]:
            raise SpecError("others", f"number {number} is a {names[1]} and the base a {names[0]}")
        found = other.shapes
        if lacking := sorted(known.keys() ^ found.keys()):
            has = "lacks" if lacking[0] in known else "has besides"
            raise SpecError("others", f"number {number} {has} {lacking[0]}; merge checkpoints of one architecture")
        for name, about in known.items():
            if found[name].shape != about.shape:
                raise SpecError("others", f"number {number} has {name} as {found[name].shape}, the base {about.shape}")
        if vocabulary(other.folder, trust_remote_code) != tokens:
            raise SpecError("others", f"number {number} has another vocabulary: its rows stand for other tokens")


def architecture(folder: Path, trust_remote_code: bool) -> str:
    config = AutoConfig.from_pretrained(folder, trust_remote_code=trust_remote_code)
    return str((config.architectures or [config.model_type])[0])


def vocabulary(folder: Path, trust_remote_code: bool) -> dict[str, int]:
    tokenizer: Any = AutoTokenizer.from_pretrained(folder, trust_remote_code=trust_remote_code)
    found: dict[str, int] = tokenizer.get_vocab()
    return found


def one_of(spec: Merge, tensors: Sequence[torch.Tensor], weights: Sequence[float]) -> torch.Tensor:
    """Computed in fp32, kept in the base's format. What holds no real numbers is the base's."""
    first = tensors[0]
    if not first.is_floating_point():
        return first
    found = slerp(tensors[0], tensors[1], spec.share) if spec.way == "slerp" else linear(tensors, weights)
    return found.reshape(first.shape).to(first.dtype)


def linear(tensors: Sequence[torch.Tensor], weights: Sequence[float]) -> torch.Tensor:
    total = torch.zeros(tensors[0].numel())
    for tensor, weight in zip(tensors, weights, strict=True):
        total.add_(tensor.flatten().float(), alpha=weight)
    return total


def slerp(first: torch.Tensor, second: torch.Tensor, share: float) -> torch.Tensor:
    """`share` of the arc from the first to the second, both as one vector: 0 is the first."""
    one, other = first.flatten().float(), second.flatten().float()
    lengths = one.norm() * other.norm()
    cosine = (one @ other / lengths).clamp(-1, 1) if lengths else torch.tensor(1.0)
    if cosine.abs() > PARALLEL:
        return linear([one, other], [1 - share, share])
    angle = torch.arccos(cosine)
    parts = torch.sin((1 - share) * angle) / torch.sin(angle), torch.sin(share * angle) / torch.sin(angle)
    return parts[0] * one + parts[1] * other


if __name__ == "__main__":
    main(merge, Merge)
