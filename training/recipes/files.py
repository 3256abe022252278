"""A recipe as a file, YAML or JSON: to be exported, reviewed, changed and started. Every fault names its place.

    needs:
      base: {kind: policy, help: The model that SFT starts from.}
    stages:
      - name: sft
        kind: sft
        starts_from: base
        inputs: {train: demonstrations}
        settings: {learning_rate: 2.0e-05}

An input is a need (`prompts`), a file that a stage writes (`sft-samples/set.jsonl`) or a version that it makes
(`best:random`). In settings `{$checkpoint: sft}` stands for the checkpoint of a stage or a need, `{$author: sft}` for
whoever its responses are by, `{$given: judge}` for what was given.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import msgspec
import yaml
from msgspec import Meta, Struct

from training.recipes.places import with_lines
from training.recipes.stages import (
    AuthorOf,
    CheckpointOf,
    Given,
    Need,
    NeedKind,
    Pipeline,
    Reference,
    Source,
    Stage,
    StageOutput,
    StageVersion,
)
from training.runs import forms
from training.runs.kinds import KINDS

Name = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9_-]{0,59}$")]
MARKS: dict[str, type[Reference]] = {"$checkpoint": CheckpointOf, "$author": AuthorOf, "$given": Given}
MOST_STAGES = 200
MOST_CHARACTERS = 1_000_000
# What a stage leaves in its folder `output`: no way leads out of it.
OUTPUT = re.compile(r"[a-z0-9][a-z0-9_.-]*\.jsonl")


class FileNeed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something that whoever starts the recipe gives."""

    kind: NeedKind
    help: str = ""
    default: str = ""
    is_made: bool = False


class FileStage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One run. `settings` has what is not as its kind begins."""

    name: Name
    kind: str
    starts_from: str = ""
    reference: str = ""
    inputs: dict[str, str] = {}
    after: tuple[str, ...] = ()
    loads: dict[str, tuple[str, ...]] = {}
    weight: Annotated[float, Meta(gt=0)] = 1.0
    settings: dict[str, Any] = {}


class RecipeFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole recipe. `recipe` and `scale` say where it comes from."""

    recipe: Name
    title: Annotated[str, Meta(min_length=1, max_length=60)]
    description: str = ""
    scale: str = ""
    seed: int = 0
    needs: dict[Name, FileNeed] = {}
    stages: Annotated[tuple[FileStage, ...], Meta(min_length=1, max_length=MOST_STAGES)]


class FileInvalid(Exception):
    """What is wrong in a recipe's file, a sentence for each fault."""


def read(text: bytes | str) -> RecipeFile:
    """Of YAML or JSON, which is YAML too. Raises FileInvalid."""
    if len(text) > MOST_CHARACTERS:
        raise FileInvalid(f"The file is longer than {MOST_CHARACTERS:,} characters.")
    try:
        # A few lines of aliases of aliases would fill the memory.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text)):
            raise FileInvalid("The file has aliases (*name). Write out what they stand for.")
        plain = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise FileInvalid(f"The file is no YAML: {error}") from error
    try:
        return convert(plain)
    except FileInvalid as error:
        raise FileInvalid(with_lines(str(text if isinstance(text, str) else text.decode()), str(error))) from error


def convert(plain: Any) -> RecipeFile:
    """Of plain data. Raises FileInvalid."""
    try:
        found = msgspec.convert(plain, RecipeFile)
    except msgspec.ValidationError as error:
        raise FileInvalid(f"This is no recipe: {error}.") from error
    return checked(found)


def checked(file: RecipeFile) -> RecipeFile:
    """Raises FileInvalid with every fault."""
    if faults := list(faults_of(file)):
        raise FileInvalid(" ".join(faults))
    return file


def faults_of(file: RecipeFile) -> Iterator[str]:
    """Names that are there twice or not at all, kinds that there are not, stages before what they use."""
    known: set[str] = set(file.needs)
    authors = {name for name, need in file.needs.items() if need.kind == "author"}
    for place, row in enumerate(file.stages):
        where = f"stages[{place}] ({row.name})"
        if row.name in known:
            yield f"{where}: the name is taken; give each stage and need a name of its own."
        if row.kind not in KINDS or row.kind in ("recipe", "rehearsal", "move"):
            yield f"{where}.kind: there is no {row.kind!r} for a stage."
            continue
        stage = stage_of(row)
        for used in sorted(stage.uses - known):
            yield f"{where}: {used!r} is no need and no stage before it."
        yield from (f"{where}.{fault}" for fault in [*input_faults(stage), *setting_faults(stage, authors)])
        known.add(row.name)


def input_faults(stage: Stage) -> Iterator[str]:
    for role, source in stage.inputs.items():
        if isinstance(source, StageOutput) and not OUTPUT.fullmatch(source.file):
            yield f"inputs.{role}: {source.file!r} is no file of a stage; write stage/name.jsonl."


def setting_faults(stage: Stage, authors: set[str]) -> Iterator[str]:
    """By the form of its kind, with something in the place of what is not known yet."""
    _, errors = forms.checked(stage.kind, known_by_then(stage.settings, authors))
    yield from (f"settings.{name}: {problem}" for name, problem in errors.items())


def known_by_then(settings: Any, authors: set[str]) -> Any:
    """Checkpoints and authors have ids, all else that is given has a name."""
    match settings:
        case CheckpointOf() | AuthorOf():
            return 1
        case Given(name):
            return 1 if name in authors else name
        case Mapping():
            return {name: known_by_then(value, authors) for name, value in settings.items()}
        case list() | tuple():
            return [known_by_then(value, authors) for value in settings]
    return settings


def written(file: RecipeFile) -> str:
    """As YAML, in the order in which people read it."""
    text: str = yaml.safe_dump(msgspec.to_builtins(file), sort_keys=False, allow_unicode=True, width=100)
    return text


def pipeline(file: RecipeFile) -> Pipeline:
    needs = {name: Need(need.kind, need.help, need.is_made, need.default) for name, need in file.needs.items()}
    return Pipeline(needs, tuple(map(stage_of, file.stages)))


def file_of(recipe: str, title: str, description: str, scale: str, seed: int, built: Pipeline) -> RecipeFile:
    needs = {
        name: FileNeed(kind=need.kind, help=need.help, default=need.default, is_made=need.is_made)
        for name, need in built.needs.items()
    }
    return RecipeFile(
        recipe=recipe,
        title=title,
        description=description,
        scale=scale,
        seed=seed,
        needs=needs,
        stages=tuple(map(row_of, built.stages)),
    )


def row_of(stage: Stage) -> FileStage:
    return FileStage(
        name=stage.name,
        kind=stage.kind,
        starts_from=stage.starts_from,
        reference=stage.reference,
        inputs={role: source_text(source) for role, source in stage.inputs.items()},
        after=stage.after,
        loads=dict(stage.loads),
        weight=stage.weight,
        settings=marked(stage.settings),
    )


def stage_of(row: FileStage) -> Stage:
    return Stage(
        row.name,
        row.kind,
        unmarked(row.settings),
        row.starts_from,
        {role: source_of(text) for role, text in row.inputs.items()},
        row.after,
        row.reference,
        row.weight,
        row.loads,
    )


def source_text(source: Source) -> str:
    match source:
        case StageOutput(stage, file):
            return f"{stage}/{file}"
        case StageVersion(stage, name):
            return f"{stage}:{name}"
        case Given(name):
            return name


def source_of(text: str) -> Source:
    for sign, kind in (("/", StageOutput), (":", StageVersion)):
        stage, found, rest = text.partition(sign)
        if found:
            return kind(stage, rest)
    return Given(text)


def marked(settings: Any) -> Any:
    """References as `{"$checkpoint": name}`."""
    for mark, kind in MARKS.items():
        if isinstance(settings, kind):
            return {mark: settings.name}
    if isinstance(settings, Mapping):
        return {name: marked(value) for name, value in settings.items()}
    return [marked(value) for value in settings] if isinstance(settings, list | tuple) else settings


def unmarked(settings: Any) -> Any:
    if isinstance(settings, Mapping):
        if len(settings) == 1 and (mark := next(iter(settings))) in MARKS:
            return MARKS[mark](str(settings[mark]))
        return {name: unmarked(value) for name, value in settings.items()}
    return [unmarked(value) for value in settings] if isinstance(settings, list) else settings
