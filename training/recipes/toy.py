"""What the toy of a recipe begins with: prompts of a made-up world (`annotation.demo`), and demonstrations of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from annotation.datasets import versions
from annotation.demo import loading, world, writing
from annotation.models import Prompt, Version
from studio.accounts.models import User
from training.recipes.stages import Asked


@dataclass(frozen=True)
class World:
    """`held_out` prompts are seen by the evaluation only."""

    prompts: int
    held_out: int


EXAMPLES = 8
WORLDS = {"toy": World(2400, 300), "trial": World(24, 8)}


def prepare(asked: Asked, by: User | None) -> dict[str, Version]:
    """Prompts of the toy world, two demonstrations of mixed quality for each, and held-out prompts."""
    loading.load()
    size, seed = WORLDS[asked.scale], asked.seed
    found, held_out = toys("toy-train", size.prompts), toys("toy-held-out", size.held_out)
    made = {"made_by": "annotation.demo.writing, a program", "seed": seed}
    return {
        "demonstrations": versions.freeze_rows(
            "toy demonstrations", "demonstrations", demonstrations(found, seed), made, by
        ),
        "prompts": versions.freeze_rows("toy prompts", "prompts", found, made_of(size.prompts), by),
        "held_out": versions.freeze_rows("toy held-out prompts", "prompts", held_out, made_of(size.held_out), by),
    }


def made_of(count: int) -> dict[str, Any]:
    return {"made_by": f"annotation.demo.loading, the first {count:,} prompts of the toy world"}


def toys(collection: str, count: int) -> list[dict[str, Any]]:
    found = Prompt.objects.filter(collection__slug=collection).order_by("pk")[:count]
    return [{"prompt_id": prompt.pk, "prompt": prompt.messages} for prompt in found]


def demonstrations(asked: list[dict[str, Any]], seed: int) -> Iterator[dict[str, Any]]:
    chance = Random(seed)
    for record in asked:
        for _ in range(2):
            yield record | {"response": writing.demonstrate(record["prompt"][-1]["content"], chance)}


def examples(asked: Asked) -> dict[str, list[dict[str, Any]]]:
    """Some rows of each, of prompts that are in no table."""
    found = numbered(world.training_prompts(EXAMPLES))
    held_out = numbered(world.held_out_prompts(EXAMPLES))
    return {"demonstrations": list(demonstrations(found, asked.seed)), "prompts": found, "held_out": held_out}


def numbered(texts: Iterable[str]) -> list[dict[str, Any]]:
    """Below zero is no id of a prompt."""
    return [
        {"prompt_id": -place, "prompt": [{"role": "user", "content": text}]} for place, text in enumerate(texts, 1)
    ]
