"""OpenChat's first recipe: some thousand conversations of high quality, an end-of-turn token, five epochs.

Figures of github.com/imoneoi/openchat (July 2023): batch 128, 2e-5, warm-up 3 %, no weight decay, rows of like length
in one batch. Its data were 6,000 conversations by GPT-4 out of 90,000 of ShareGPT: choose them on the import page, or
freeze those of one model. The published models had 13 billion parameters and 2048 or 8192 tokens.
"""

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta, Struct

from training.recipes import toy
from training.recipes.builders import BENCHMARKS, begins, measured, needs_of, pipeline, sampled
from training.recipes.sizes import SIZES, Size
from training.recipes.stages import Asked, Pipeline, Recipe, Stage
from training.specs import LARGE


class OpenChatOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What its variants differ in."""

    max_length: Annotated[
        int, Meta(ge=8, lt=LARGE, description="Tokens of a conversation; 8192 in OpenChat-8192.")
    ] = 2048
    epochs: Annotated[float, Meta(gt=0, le=100, description="Passes over the conversations.")] = 5.0


LEARNING = {"template": "openchat", "replace_template": True, "group_by_length": True, "warmup": 0.03}
SAID = ("trial", "7b-lora", "7b", "13b")


def build(asked: Asked) -> Pipeline:
    size = SIZES[asked.scale]
    return pipeline(stages_of(asked, size), needs_of(size))


def stages_of(asked: Asked, size: Size) -> Iterator[Stage]:
    options = asked.options
    longest = size.sft["max_length"] if size.is_toy else options.max_length
    yield from begins(asked, size, **LEARNING, epochs=options.epochs, max_length=longest)
    # Its answers to held-out prompts, to be read, and to the questions of benchmarks.
    yield sampled("sft", asked, size)
    yield from measured(asked, ["sft"])


OPENCHAT = Recipe(
    name="openchat",
    title="OpenChat",
    description="A few thousand conversations of high quality, an end-of-turn token, five epochs.",
    scales=SAID,
    build=build,
    prepare=toy.prepare,
    examples=toy.examples,
    options=OpenChatOptions,
    more=BENCHMARKS,
    about={name: SIZES[name].about for name in SAID},
)
