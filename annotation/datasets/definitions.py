"""What a dataset version is made of: one typed definition per kind, checked before anything is read."""

from typing import Annotated, Any, ClassVar, Literal

import msgspec

from annotation.limits import MOST, MOST_SEEDS
from annotation.models import Version

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
# What a column holds. A definition is kept as JSON, and one whole number of more than 64 bits in it breaks every list.
Id = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class DefinitionInvalid(Exception):
    """A definition that cannot be frozen: the field and what it must be."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field, self.message = field, message


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every kind can choose: whose prompts, and how they are split.

    A prompt falls to the test split by the hash of its own text and `seed`, so it never lies in both, whichever
    collections, pairs or versions it comes by.
    What is flagged stays `out`, counted: the pair, and of other kinds the responses and prompts of such a pair. `open`
    keeps it while nobody has settled the flag and leaves out what a lead excluded; `all` keeps it whatever is flagged.
    """

    kind: ClassVar[str] = Version.Kind.PROMPTS
    collections: list[str] = []
    categories: list[str] = []
    test_share: Share = 0.0
    seed: Annotated[int, msgspec.Meta(ge=0, lt=MOST_SEEDS)] = 0
    flagged: Literal["out", "open", "all"] = "out"


class Prompts(Definition, frozen=True):
    """The prompts themselves: all of them, or at most `limit`, drawn by `seed`.

    `unanswered_by` names an author (by id) and leaves out the prompts that it has answered.
    """

    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST)] | None = None
    unanswered_by: Id | None = None


class Demonstrations(Definition, frozen=True):
    """Responses to learn from: by some authors (ids; empty: all), or only the best scored of each prompt.

    `best_by` names the reward model (its author's id) whose highest score wins.
    """

    kind: ClassVar[str] = Version.Kind.DEMONSTRATIONS
    authors: list[Id] = []
    best_by: Id | None = None


class Trust(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a judge must reach for its verdicts to count: the low ends of the 95 % intervals of its agreement with
    people (ties counted) and of its consistency over the swap, and the number of its pairs that people judged too."""

    agreement: Share = 0.0
    consistency: Share = 0.0
    pairs: Annotated[int, msgspec.Meta(ge=0, le=MOST)] = 0


class Preferences(Definition, frozen=True):
    """Pairs with the mean of the current valid grades by some authors (ids; empty: all of `kinds`).

    A tie, and a mean nearer to it than `min_grade`, is left out and counted. A judge that contradicts itself when the
    responses change places gives a tie; with `consistent_only` such a verdict gives nothing.
    `trust` leaves out the verdicts of judges that fall short of it.
    `written_by` keeps the pairs whose two responses both come from these authors.
    """

    kind: ClassVar[str] = Version.Kind.PREFERENCES
    authors: list[Id] = []
    kinds: tuple[Literal["person", "judge"], ...] = ("person", "judge")
    written_by: list[Id] = []
    min_grade: Annotated[float, msgspec.Meta(ge=0, le=3)] = 0.0
    min_votes: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = 1
    consistent_only: bool = False
    trust: Trust | None = None


class Responses(Definition, frozen=True):
    """All responses of some authors (ids; empty: all), with the score that a reward model (an id) gave them."""

    kind: ClassVar[str] = Version.Kind.RESPONSES
    authors: list[Id] = []
    scored_by: Id | None = None


KINDS: dict[str, type[Definition]] = {
    definition.kind: definition for definition in (Prompts, Demonstrations, Preferences, Responses)
}


def read(kind: str, definition: dict[str, Any]) -> Definition:
    """The definition of a version; raises DefinitionInvalid."""
    if kind not in KINDS:
        raise DefinitionInvalid("kind", f"{kind!r} is not one of {', '.join(KINDS)}.")
    try:
        return msgspec.convert(definition, KINDS[kind])
    except msgspec.ValidationError as error:
        message, _, place = str(error).replace("`", "").partition(" - at $.")
        raise DefinitionInvalid(place or "definition", f"{message}.") from error


def stored(version: Version) -> Definition:
    """The definition that a version was frozen by; raises DefinitionInvalid where a machine wrote its rows.

    Freezing writes every field. A definition without `flagged` was frozen before there were flags: it took all.
    """
    return read(version.kind, {"flagged": "all"} | version.definition)
