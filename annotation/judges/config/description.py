"""What there is to say of a judge: how it is asked, what it costs, and the author of its judgments."""

import hashlib
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from annotation.models import Author

# All else that is said of a judge decides what it answers, or how that is read.
DECIDES_NOTHING = {"name", "title", "says", "version", "endpoint", "price", "known_as"}


class JudgeInvalid(Exception):
    """No such judge, or a folder that is none; says what to mend."""


class Price(Struct, frozen=True, forbid_unknown_fields=True):
    """US dollars for a million tokens."""

    input: Annotated[float, Meta(ge=0)] = 0.0
    output: Annotated[float, Meta(ge=0)] = 0.0

    def of(self, tokens_in: int, tokens_out: int) -> float:
        return (tokens_in * self.input + tokens_out * self.output) / 1e6


class Template(Struct, frozen=True, forbid_unknown_fields=True):
    """One of several chats of a published judge, with places in braces."""

    system: str
    user: str


class Judge(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The protocol `program` is code of the studio; those of `judges.protocols` ask a model at an endpoint."""

    title: str
    says: str
    version: Annotated[int, Meta(ge=1, lt=2**31)]
    protocol: str
    name: str = ""
    model: str = ""
    settings: dict[str, Any] = {}
    both_orders: bool = True
    # k answers to each question, averaged; with a seed they are asked with seed, seed + 1, …
    samples: Annotated[int, Meta(ge=1, le=32)] = 1
    seed: Annotated[int, Meta(ge=0, lt=2**31)] | None = None
    # The one order of each pair is drawn from this and the prompt, where the protocol draws it.
    order_seed: Annotated[int, Meta(ge=0, lt=2**31)] | None = None
    # Scores that lie no farther apart are a tie.
    tie_within: Annotated[float, Meta(ge=0)] = 0.0
    # Which turn of a response of several is judged; the whole text where it is null.
    turn: Annotated[int, Meta(ge=1, le=2)] | None = None
    # The pool of endpoints that it is asked at.
    endpoint: str = "default"
    price: Price = Price()
    program: str = ""
    system: str = ""
    user: str = ""
    # What is said of a prompt's reference answer, where it has one.
    reference: str = ""
    # Of a published judge: its chats by name, how its answers are read, and the name that its judgments are known by.
    prompts: dict[str, Template] = {}
    parser: str = ""
    parser_settings: dict[str, Any] = {}
    known_as: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 in hex of all that decides an answer. Defaults are left out, so that a new key changes no digest."""
        unsaid = Judge(title="", says="", version=1, protocol="program").deciding
        said = {name: value for name, value in self.deciding.items() if value != unsaid[name]}
        return hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()

    @property
    def deciding(self) -> dict[str, Any]:
        said: dict[str, Any] = msgspec.to_builtins(self)
        return {name: value for name, value in said.items() if name not in DECIDES_NOTHING}

    def at_turn(self, turn: int) -> "Judge":
        """The judge of one turn of responses of several: another author than that of the other turn."""
        return msgspec.structs.replace(self, turn=turn)

    @property
    def author_name(self) -> str:
        """Another version, model or turn is another author."""
        named = self.known_as or f"{self.name} v{self.version}" + (f" · {self.model}" if self.model else "")
        return named + (f" · turn {self.turn}" if self.turn else "")

    @property
    def author(self) -> Author:
        """The author of its judgments, who keeps all that decides an answer. Raises JudgeInvalid."""
        if known := self.known_author():
            return known
        author, _ = Author.objects.get_or_create(
            kind=Author.Kind.JUDGE, name=self.author_name, defaults={"details": self.details}
        )
        return author

    def known_author(self) -> Author | None:
        """The author, if there is one yet. Raises JudgeInvalid.

        A judge that was changed without a new version is refused: two authors of one name, or judgments of two texts
        under one, would be told apart by nobody.
        """
        author = Author.objects.filter(kind=Author.Kind.JUDGE, name=self.author_name).first()
        if author is None or author.details.get("digest") == self.digest:
            return author
        if "digest" in author.details:
            raise JudgeInvalid(changed(self, author))
        # Its judgments were imported, or made before digests were kept.
        author.details |= self.details
        author.save(update_fields=["details"])
        return author

    @property
    def details(self) -> dict[str, Any]:
        said: dict[str, Any] = msgspec.to_builtins(self)
        return {"judge": self.name, "digest": self.digest} | said


def changed(judge: Judge, author: Author) -> str:
    differ = [name for name, value in judge.deciding.items() if value != author.details.get(name)]
    remedy = (
        "Put the published files back, or make a judge of your own that is `like` it."
        if judge.known_as
        else f"Write `version: {judge.version + 1}` into its judge.yaml, or put back what was."
    )
    return f"{judge.name}: {', '.join(differ)} changed since {author.name} judged. {remedy}"
