"""The typed form of each kind of run, made from its settings: the same on pages, in the admin and in the API."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

import msgspec
from msgspec import structs

from studio.http.parsing import NUL, NUL_SAYS
from training.evaluation.benchmarks import BENCHMARKS
from training.runs.kinds import KINDS, Kind
from training.specs import LARGE

Type = Literal["integer", "number", "boolean", "text", "choice", "json"]
WORD = re.compile(r"\w+")
# Where msgspec found it: `$` is the whole value, `$[1].n` a part.
PLACE = re.compile(r" - at `\$(.*?)`")
MACHINE_WORDS = re.compile(r"`(\w+)`")
PLAIN_WORDS = {"array": "a list", "object": "an object", "str": "text", "int": "a whole number", "float": "a number"}
# Settings that name a row of a table.
TABLES: dict[str, Mapping[str, object]] = {"benchmark": BENCHMARKS}
# Settings whose default may be another by the time of the launch: a form shows it, and sends none.
SHIFTING = ("budget",)
# Texts of several lines.
LONG = ("chat_template",)
# No setting is nested half as deep.
LEVELS = 20
TOO_DEEP = f"It is nested more than {LEVELS} levels deep"
TYPES: dict[str, Type] = {"integer": "integer", "number": "number", "boolean": "boolean", "string": "text"}


class FormInvalid(Exception):
    """What was given cannot be run. `errors` says by field what is wrong, and what would be right."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {problem}" for field, problem in errors.items()))
        self.errors = errors

    @property
    def sentences(self) -> str:
        """What is wrong without the fields, for where no form stands."""
        return " ".join(self.errors.values())


@dataclass(frozen=True)
class Field:
    """One thing to choose. Bounds are what JSON Schema says; None where there is none."""

    name: str
    type: Type
    default: Any
    help: str
    required: bool
    minimum: float | None = None
    maximum: float | None = None
    # The bound itself is not allowed.
    above: float | None = None
    below: float | None = None
    choices: tuple[str, ...] = ()
    # The heading that it stands under in a form; empty where a kind has none.
    theme: str = ""

    @property
    def is_long(self) -> bool:
        """A text of several lines."""
        return self.name in LONG

    @property
    def is_numeric(self) -> bool:
        return self.type in ("integer", "number")

    @property
    def bounds(self) -> str:
        """`at least 0, below 1`; empty where there is none that a person could meet."""
        known = (("at least", self.minimum), ("above", self.above), ("at most", self.maximum), ("below", self.below))
        return ", ".join(f"{says} {digits(bound)}" for says, bound in known if bound is not None and bound < LARGE)

    def holds(self, number: float) -> bool:
        """Whether a number is within the bounds."""
        return (
            (self.minimum is None or number >= self.minimum)
            and (self.above is None or number > self.above)
            and (self.maximum is None or number <= self.maximum)
            and (self.below is None or number < self.below)
        )

    def offers(self, value: object) -> bool:
        return value is None or not self.choices or str(value) in self.choices

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").capitalize()

    @property
    def placeholder(self) -> str:
        """A default that a form shows in the empty field."""
        return str(self.default) if self.name in SHIFTING and self.default else ""

    @property
    def initial(self) -> str:
        """The default as a form writes it."""
        if self.placeholder:
            return ""
        if self.type == "json":
            return "" if self.required or self.default is None else msgspec.json.encode(self.default).decode()
        return "" if self.default is None else str(self.default)


def known_kind(kind: str) -> Kind:
    if kind not in KINDS:
        raise FormInvalid({"kind": f"There is no {kind!r}. The kinds are {', '.join(KINDS)}."})
    return KINDS[kind]


@cache
def fields(kind: str) -> tuple[Field, ...]:
    """What a person chooses for a run of `kind`, in the order of its settings. Raises FormInvalid."""
    known = known_kind(kind)
    return tuple(field for field in fields_of(known.settings) if field.name not in known.plumbing)


@cache
def fields_of(settings: type[msgspec.Struct]) -> tuple[Field, ...]:
    _, components = msgspec.json.schema_components([settings])
    properties = components[settings.__name__]["properties"]
    made = (field_of(field, properties[field.name]) for field in structs.fields(settings))
    return tuple(replace(field, theme=theme_of(settings, field.name)) for field in made)


def theme_of(settings: type[msgspec.Struct], name: str) -> str:
    """That of the class which has the setting first; others change its default."""
    first = next(base for base in reversed(settings.__mro__) if name in vars(base).get("__annotations__", {}))
    return getattr(first, "THEME", "")


def chosen(kind: Kind) -> list[structs.FieldInfo]:
    return [field for field in structs.fields(kind.settings) if field.name not in kind.plumbing]


def default_of(field: structs.FieldInfo) -> Any:
    """msgspec has a maker in the place of a default that could be changed."""
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def field_of(field: structs.FieldInfo, schema: dict[str, Any]) -> Field:
    if "anyOf" in schema:
        # A setting that may be left out is of the type that it has where it is given.
        schema = schema | next(option for option in schema["anyOf"] if option.get("type") != "null")
    if field.name in TABLES:
        schema = schema | {"enum": list(TABLES[field.name])}
    return Field(
        name=field.name,
        type="choice" if "enum" in schema else TYPES.get(schema.get("type", ""), "json"),
        default=None if field.required else msgspec.json.decode(msgspec.json.encode(default_of(field))),
        help=schema.get("description", ""),
        required=field.required,
        minimum=schema.get("minimum"),
        maximum=schema.get("maximum"),
        above=schema.get("exclusiveMinimum"),
        below=schema.get("exclusiveMaximum"),
        choices=tuple(map(str, schema.get("enum", ()))),
    )


def read(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """All settings of a run, checked, as plain data. Text is read as what the field needs. Raises FormInvalid."""
    plain, errors = checked(kind, given)
    if errors:
        raise FormInvalid(errors)
    return plain


def checked(kind: str, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """All settings as plain data, defaults in the place of what is wrong, and everything that is wrong by field."""
    known = known_kind(kind)
    types = {field.name: field for field in chosen(known)}
    errors = {name: f"There is no such setting; there are {', '.join(types)}." for name in given.keys() - types}
    errors |= {name: "Say which." for name, field in types.items() if field.required and given.get(name) in (None, "")}
    values, wrong = values_of(list(types.values()), fields(kind), given)
    errors |= {name: problem for name, problem in wrong.items() if name not in errors}
    if not any(types[name].required for name in errors.keys() & types.keys()):
        errors |= {name: problem for name, problem in broken_rules(known, values) if rests_on(name, problem, errors)}
    defaults = {name: default_of(field) for name, field in types.items() if not field.required}
    plain: dict[str, Any] = msgspec.to_builtins(defaults | values)
    return plain, errors


def values_of(
    infos: Sequence[structs.FieldInfo], known: Sequence[Field], given: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The values that are right, and by field what is wrong with the others."""
    about = {field.name: field for field in known}
    values, wrong = {}, {}
    for info in infos:
        if info.name in given:
            try:
                values[info.name] = value_of(given[info.name], info.type)
            except msgspec.MsgspecError as error:
                wrong[info.name] = fault_of(about[info.name], given[info.name], str(error))
            else:
                # Of the names of a table its type says nothing.
                if not about[info.name].offers(values[info.name]):
                    wrong[info.name] = fault_of(about[info.name], values.pop(info.name), "")
    return values, wrong


def value_of(given: Any, type: Any) -> Any:
    """One value; a list or an object may come as JSON in a text. Raises msgspec.MsgspecError."""
    try:
        is_text = schema_type(type) == "string"
        if isinstance(given, str) and not is_text and given.lstrip().startswith(("[", "{")):
            given = msgspec.json.decode(given)
        value = msgspec.convert(given, type, strict=False)
    except RecursionError as error:
        raise msgspec.ValidationError(TOO_DEEP) from error
    if is_deep(msgspec.to_builtins(value)):
        raise msgspec.ValidationError(TOO_DEEP)
    if NUL.search(msgspec.json.encode(value)):
        raise msgspec.ValidationError(NUL_SAYS.removesuffix("."))
    if place := next(not_finite(msgspec.to_builtins(value)), ""):
        # JSON has no word for it, and PostgreSQL refuses the one that Python writes.
        raise msgspec.ValidationError(f"Expected a finite number - at `{place}`")
    return value


def is_deep(plain: Any) -> bool:
    """Whether plain data is nested beyond `LEVELS`."""
    level = [plain]
    for _ in range(LEVELS):
        held = [
            one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list | tuple)
        ]
        level = [part for parts in held for part in parts]
    return bool(level)


def schema_type(type: Any) -> str:
    """As JSON Schema calls it; empty where it says several."""
    return str(msgspec.json.schema(type).get("type", ""))


def not_finite(plain: Any, place: str = "$") -> Iterator[str]:
    """Where in plain data a number is infinite or none, written as msgspec writes a place."""
    match plain:
        case float() if not math.isfinite(plain):
            yield place
        case dict():
            for name, part in plain.items():
                yield from not_finite(part, f"{place}.{name}")
        case list() | tuple():
            for at, part in enumerate(plain):
                yield from not_finite(part, f"{place}[{at}]")


def fault_of(field: Field, given: Any, message: str) -> str:
    """What is wrong with a value, in words: `“many” is not a number.`"""
    if field.is_numeric:
        return number_fault(field, given)
    if field.choices:
        return f"“{given}” is not one of {', '.join(field.choices)}."
    placed = PLACE.sub(lambda found: f" at {found[1]}" if found[1] else "", message)
    return MACHINE_WORDS.sub(lambda found: PLAIN_WORDS.get(found[1], found[1]), placed) + "."


def number_fault(field: Field, given: Any) -> str:
    number = number_in(given)
    if number is None:
        return f"“{given}” is not a number."
    if field.type == "integer" and math.isfinite(number) and not number.is_integer():
        return f"{given} is not a whole number."
    largest = field.below if field.maximum is None else field.maximum
    is_too_large = number == math.inf if largest is None else number >= largest >= LARGE
    if is_too_large:
        return f"{given} is too large."
    return f"Write {given} as {digits(number)}." if field.holds(number) else f"{given} is not {field.bounds}."


def number_in(given: Any) -> float | None:
    """Infinity for one that no computer holds."""
    if isinstance(given, bool):
        return None
    try:
        number = float(given)
    except (TypeError, ValueError):
        return None
    except OverflowError:
        return math.inf if given > 0 else -math.inf
    return None if math.isnan(number) else number


def digits(number: float) -> str:
    """`200000`, `0.5`: with no sign of a power of ten where it is whole."""
    return f"{number:.0f}" if float(number).is_integer() else f"{number:.15g}"


def broken_rules(kind: Kind, values: dict[str, Any]) -> list[tuple[str, str]]:
    """The rules between settings that do not hold; each line of theirs names its field first."""
    try:
        kind.settings(**values)
    except ValueError as error:
        lines = [line.partition(": ") for line in str(error).splitlines()]
        return [(field, problem) for field, _, problem in lines]
    return []


def rests_on(name: str, problem: str, wrong: Mapping[str, str]) -> bool:
    """Whether a broken rule says something of what was given, and nothing of a value that is wrong in itself."""
    return name not in wrong and not set(WORD.findall(problem)) & wrong.keys()


def posted(kind: str, form: Mapping[str, Any]) -> dict[str, Any]:
    """What a browser sent of a form: a box without its tick is not sent, and an empty field is a default."""
    given = {field.name: form.get(field.name) for field in fields(kind) if form.get(field.name)}
    boxes = {field.name: field.name in given for field in fields(kind) if field.type == "boolean"}
    return given | boxes
