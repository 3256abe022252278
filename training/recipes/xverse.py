"""XVERSE's finetuning, as its README has it: ZeRO-2, cosine from 2e-5, two epochs, the best of the checkpoints.

8 cards with 4 rows each, accumulated 4 times, gradients cut at 0.5; measured on held-out rows every 200 steps, whose
loss is drawn beside that of training. The template is XVERSE's own: the README trained with that of Vicuna by mistake.
"""

from collections.abc import Iterator

from training.recipes import toy
from training.recipes.builders import BENCHMARKS, begins, measured, needs_of, pipeline, sampled
from training.recipes.sizes import SIZES, Size
from training.recipes.stages import Asked, Need, Pipeline, Recipe, Stage

LEARNING = {
    "template": "xverse",
    "replace_template": True,
    "schedule": "cosine",
    "epochs": 2.0,
    "max_grad_norm": 0.5,
    "eval_every": 200,
    "keep": "best",
}
# Beside the toy's and LoRA's learning rates, which are their own.
WHOLE = {"learning_rate": 2e-5, "batch_size": 128, "micro_batch_size": 4}
SAID = ("trial", "7b-lora", "7b", "13b")
DEMONSTRATIONS = "What it learns, some of it held out: a version with a test split, on which the best is found."


def build(asked: Asked) -> Pipeline:
    size = SIZES[asked.scale]
    needs = needs_of(size)
    lessons = needs["demonstrations"]
    needs["demonstrations"] = Need(lessons.kind, DEMONSTRATIONS, lessons.is_made)
    return pipeline(stages_of(asked, size), needs)


def stages_of(asked: Asked, size: Size) -> Iterator[Stage]:
    yield from begins(asked, size, **LEARNING | sharded(size))
    yield sampled("sft", asked, size)
    yield from measured(asked, ["sft"])


def sharded(size: Size) -> dict[str, object]:
    """A card alone shards nothing, and a toy has its own steps."""
    if size.sft.get("gpus", 0) < 2:
        return {}
    return WHOLE | {"sharding": "zero2"}


XVERSE = Recipe(
    name="xverse",
    title="XVERSE finetuning",
    description="Two epochs with ZeRO-2, measured every 200 steps; the best weights are kept.",
    scales=SAID,
    build=build,
    prepare=toy.prepare,
    examples=toy.examples,
    more=BENCHMARKS,
    about={name: SIZES[name].about for name in SAID},
)
