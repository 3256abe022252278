"""A judge is a folder: `judge.yaml`, and the texts that it is asked with."""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import yaml
from msgspec import Meta, Struct

from annotation.models import Author

LIBRARY = Path(__file__).parent / "library"


class JudgeInvalid(Exception):
    """No such judge, or a folder that is none; says what to mend."""


class Price(Struct, frozen=True, forbid_unknown_fields=True):
    """US dollars for a million tokens."""

    input: Annotated[float, Meta(ge=0)] = 0.0
    output: Annotated[float, Meta(ge=0)] = 0.0

    def of(self, tokens_in: int, tokens_out: int) -> float:
        return (tokens_in * self.input + tokens_out * self.output) / 1e6


class Judge(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`pairwise` asks a model behind an OpenAI-compatible endpoint; `program` is code of the studio that says so."""

    title: str
    says: str
    version: Annotated[int, Meta(ge=1)]
    protocol: Literal["pairwise", "program"]
    name: str = ""
    model: str = ""
    settings: dict[str, Any] = {}
    both_orders: bool = True
    # k answers to each question, averaged; with a seed they are asked with seed, seed + 1, …
    samples: Annotated[int, Meta(ge=1, le=32)] = 1
    seed: Annotated[int, Meta(ge=0)] | None = None
    # The pool of endpoints that it is asked at.
    endpoint: str = "default"
    price: Price = Price()
    program: str = ""
    system: str = ""
    user: str = ""

    @property
    def author(self) -> Author:
        """The author of this version's judgments; another model or version is another author."""
        name = f"{self.name} v{self.version}" + (f" · {self.model}" if self.model else "")
        details = {"judge": self.name, "version": self.version, "model": self.model, "protocol": self.protocol}
        author, _ = Author.objects.get_or_create(
            kind=Author.Kind.JUDGE, name=name, defaults={"details": details | {"settings": self.settings}}
        )
        return author


def names() -> list[str]:
    return sorted(folder.parent.name for folder in LIBRARY.glob("*/judge.yaml"))


def load(name: str) -> Judge:
    """Raises JudgeInvalid."""
    if name not in names():
        raise JudgeInvalid(f"There is no judge {name!r}. There are {', '.join(names())}.")
    return read(LIBRARY / name)


@cache
def read(folder: Path) -> Judge:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.txt")}
    try:
        described = yaml.safe_load((folder / "judge.yaml").read_text(encoding="utf-8"))
        return msgspec.convert(described | texts | {"name": folder.name}, Judge)
    except (OSError, yaml.YAMLError, msgspec.ValidationError, TypeError) as error:
        raise JudgeInvalid(f"{folder.name}/judge.yaml: {error}") from error
