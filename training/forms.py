"""The typed form of each kind of run, made from its settings: the same on pages, in the admin and in the API."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import msgspec
from msgspec import structs

from training.kinds import KINDS, Kind

Type = Literal["integer", "number", "boolean", "text", "choice", "json"]
TYPES: dict[str, Type] = {"integer": "integer", "number": "number", "boolean": "boolean", "string": "text"}


class FormInvalid(Exception):
    """What was given cannot be run. `errors` says by field what is wrong, and what would be right."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {problem}" for field, problem in errors.items()))
        self.errors = errors


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

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").capitalize()

    @property
    def initial(self) -> str:
        """The default as a form writes it."""
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
    _, components = msgspec.json.schema_components([known.settings])
    properties = components[known.settings.__name__]["properties"]
    return tuple(field_of(field, properties[field.name]) for field in chosen(known))


def chosen(kind: Kind) -> list[structs.FieldInfo]:
    return [field for field in structs.fields(kind.settings) if field.name not in kind.plumbing]


def field_of(field: structs.FieldInfo, schema: dict[str, Any]) -> Field:
    if "anyOf" in schema:
        # A setting that may be left out is of the type that it has where it is given.
        schema = schema | next(option for option in schema["anyOf"] if option.get("type") != "null")
    return Field(
        name=field.name,
        type="choice" if "enum" in schema else TYPES.get(schema.get("type", ""), "json"),
        default=None if field.required else msgspec.json.decode(msgspec.json.encode(field.default)),
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
    known = known_kind(kind)
    types = {field.name: field for field in chosen(known)}
    errors = {name: f"There is no such setting; there are {', '.join(types)}." for name in given.keys() - types}
    errors |= {name: "Say which." for name, field in types.items() if field.required and given.get(name) in (None, "")}
    values: dict[str, Any] = {}
    for name in given.keys() & types.keys() - errors.keys():
        try:
            values[name] = value_of(given[name], types[name].type)
        except msgspec.MsgspecError as error:
            errors[name] = f"{error}".replace(" - at `$`", "") + "."
    if errors:
        raise FormInvalid(errors)
    return whole(known, values)


def value_of(given: Any, type: Any) -> Any:
    """One value; a list or an object may come as JSON in a text. Raises msgspec.MsgspecError."""
    if isinstance(given, str) and given.lstrip().startswith(("[", "{")):
        given = msgspec.json.decode(given)
    return msgspec.convert(given, type, strict=False)


def whole(kind: Kind, values: dict[str, Any]) -> dict[str, Any]:
    """With the defaults, after the rules that hold between settings; those name their field first."""
    try:
        settings = kind.settings(**values)
    except ValueError as error:
        field, _, problem = str(error).partition(": ")
        raise FormInvalid({field: problem}) from error
    plain: dict[str, Any] = msgspec.to_builtins(settings)
    return {name: value for name, value in plain.items() if name not in kind.plumbing | {"kind"}}


def posted(kind: str, form: Mapping[str, Any]) -> dict[str, Any]:
    """What a browser sent of a form: a box without its tick is not sent, and an empty field is a default."""
    given = {field.name: form.get(field.name) for field in fields(kind) if form.get(field.name)}
    boxes = {field.name: field.name in given for field in fields(kind) if field.type == "boolean"}
    return given | boxes
