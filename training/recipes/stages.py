"""What a recipe is made of, as data: what it begins with, its stages, and where each takes what from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from msgspec import Struct

from annotation.models import Version
from studio.accounts.models import User

VersionKind = Literal["demonstrations", "prompts", "preferences", "responses"]
# A version, a checkpoint of a kind, a judge by its name, the questions of a benchmark, or whoever answered them.
NeedKind = Literal[VersionKind, "policy", "reward", "judge", "collection", "author"]
CHECKPOINTS = ("policy", "reward")


@dataclass(frozen=True)
class Need:
    """Something that a recipe begins with. What it can make itself, as the toy can, nobody has to give."""

    kind: NeedKind
    help: str
    is_made: bool = False
    default: str = ""

    @property
    def is_version(self) -> bool:
        return self.kind in get_args(VersionKind)


@dataclass(frozen=True)
class Given:
    """What was given for a need: as an input a version, of a collection one of its prompts; in settings its name."""

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
    """In settings: the id of the checkpoint that a stage made, or that was given."""

    name: str


@dataclass(frozen=True)
class AuthorOf:
    """In settings: the id of the author as whom such a checkpoint answers."""

    name: str


Source = Given | StageOutput | StageVersion
Reference = CheckpointOf | AuthorOf | Given


@dataclass(frozen=True)
class Stage:
    """One run of a recipe. It is launched when all the stages that it takes something from have succeeded.

    `starts_from` names the stage, or the need, whose checkpoint it starts from, `reference` the one that it is held
    against, `loads` by role those that it loads besides, `after` stages that it waits for all the same. `weight` is
    its share of the time, on whatever scale, for the estimate of what is left.
    """

    name: str
    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    starts_from: str = ""
    inputs: Mapping[str, Source] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    reference: str = ""
    weight: float = 1.0
    loads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def uses(self) -> set[str]:
        """The names of the stages and the needs that it takes something from."""
        sources = {source.name if isinstance(source, Given) else source.stage for source in self.inputs.values()}
        named = {name for name in (self.starts_from, self.reference, *self.after) if name}
        besides = {name for names in self.loads.values() for name in names}
        return named | besides | sources | set(referred(self.settings))


def referred(settings: Any) -> list[str]:
    """The stages and the needs that settings speak of, at any depth."""
    if isinstance(settings, Reference):
        return [settings.name]
    inner = (
        settings.values() if isinstance(settings, Mapping) else settings if isinstance(settings, list | tuple) else ()
    )
    return [name for value in inner for name in referred(value)]


@dataclass(frozen=True)
class Pipeline:
    """What a recipe begins with, and its stages, each behind those that it uses."""

    needs: Mapping[str, Need]
    stages: tuple[Stage, ...]


class NoOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A recipe that leaves nothing to choose."""


@dataclass(frozen=True)
class Asked:
    """What whoever starts a recipe chose. `rows` says of each given version how many rows it has."""

    scale: str
    seed: int = 0
    options: Any = NoOptions()
    given: frozenset[str] = frozenset()
    rows: Mapping[str, int] = field(default_factory=dict)


def nothing(asked: Asked, by: User | None) -> dict[str, Version]:
    return {}


def no_examples(asked: Asked) -> dict[str, list[dict[str, Any]]]:
    return {}


@dataclass(frozen=True)
class Recipe:
    """A pipeline by its scale and options. `prepare` makes the versions that nobody gave, before the first stage.

    Asked once, when it is started: a run keeps its pipeline as it was then.
    """

    name: str
    title: str
    description: str
    scales: tuple[str, ...]
    build: Callable[[Asked], Pipeline]
    prepare: Callable[[Asked, User | None], dict[str, Version]] = nothing
    options: type[Struct] = NoOptions
    # Of what `prepare` makes some records by need, for a rehearsal: made without a row in any table.
    examples: Callable[[Asked], dict[str, list[dict[str, Any]]]] = no_examples
    # What may be given in the place of a stage, what else may be, and what each scale is, in a sentence.
    stands_in: Mapping[str, Need] = field(default_factory=dict)
    more: Mapping[str, Need] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)
