"""What a recipe is made of, as data: stages, and where each takes its checkpoint, its inputs and its settings from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from annotation.models import Version
from studio.accounts.models import User


@dataclass(frozen=True)
class PreparedVersion:
    """A version that `Recipe.prepare` made before the first stage."""

    name: str


@dataclass(frozen=True)
class StageOutput:
    """A file in the `output` folder of a stage."""

    stage: str
    file: str


@dataclass(frozen=True)
class StageVersion:
    """A version that a stage made: what `keep_best` kept (by its file's name), or `preferences` that a judge gave."""

    stage: str
    name: str


@dataclass(frozen=True)
class CheckpointOf:
    """In settings: the id of the checkpoint that a stage made."""

    stage: str


Source = PreparedVersion | StageOutput | StageVersion


@dataclass(frozen=True)
class Stage:
    """One run of a recipe. It is launched when all the stages that it takes something from have succeeded.

    `starts_from` names the stage whose checkpoint it starts from, `reference` the one that it is held against, `after`
    stages that it waits for all the same.
    `weight` is its share of the time, on whatever scale, for the estimate of what is left.
    """

    name: str
    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    starts_from: str = ""
    inputs: Mapping[str, Source] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    reference: str = ""
    weight: float = 1.0

    @property
    def needs(self) -> set[str]:
        """The names of the stages that must have succeeded."""
        sources = {source.stage for source in self.inputs.values() if not isinstance(source, PreparedVersion)}
        named = {name for name in (self.starts_from, self.reference, *self.after) if name}
        return named | sources | set(referred(self.settings))


def referred(settings: Any) -> list[str]:
    """The stages whose checkpoints settings speak of, at any depth."""
    if isinstance(settings, CheckpointOf):
        return [settings.stage]
    inner = (
        settings.values() if isinstance(settings, Mapping) else settings if isinstance(settings, list | tuple) else ()
    )
    return [name for value in inner for name in referred(value)]


@dataclass(frozen=True)
class Recipe:
    """A pipeline. `stages(scale, seed)` gives its runs, `prepare(scale, seed, by)` the versions that they begin with.

    Both are asked again whenever the recipe goes on, except that what was prepared is kept.
    """

    name: str
    title: str
    description: str
    scales: tuple[str, ...]
    stages: Callable[[str, int], tuple[Stage, ...]]
    prepare: Callable[[str, int, User | None], dict[str, Version]]
