"""Which inputs a trainer learns from, and how much of each: `train`, and beside it `train_2`, `train_3` and so on."""

from collections.abc import Iterable, Iterator
from typing import Annotated, ClassVar

from msgspec import Meta

from training.specs.head import LARGE, Spec

TRAIN = "train"
MOST = 16
# The further ones, in their order.
BESIDE = tuple(f"{TRAIN}_{number}" for number in range(2, MOST + 1))


def in_order(names: Iterable[str]) -> list[str]:
    """Those of the names that are learnt from."""
    given = set(names)
    return [name for name in (TRAIN, *BESIDE) if name in given]


class Mixed(Spec, frozen=True, kw_only=True):
    """What learns from several files at once."""

    THEME: ClassVar[str] = "Data and loss"

    shares: Annotated[
        tuple[Annotated[float, Meta(gt=0)], ...],
        Meta(
            description="Weight of each dataset among the rows, in their order: a row is left out or repeated as its "
            "weight asks. Empty takes every row once."
        ),
    ] = ()
    mixed_rows: Annotated[
        int,
        Meta(ge=0, lt=LARGE, description="Rows of the mixture, with shares; 0 is as many as the datasets hold."),
    ] = 0

    @property
    def sources(self) -> list[str]:
        """The inputs that it learns from, in their order."""
        return in_order(self.data)

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        if self.mixed_rows and not self.shares:
            yield "mixed_rows: counts the rows of a mixture by shares; set shares, or leave 0"
        if self.data and (fault := shares_fault(self.shares, len(self.sources))):
            yield f"shares: {fault}"


def shares_fault(shares: tuple[float, ...], datasets: int) -> str:
    """What is wrong with the shares of so many datasets; empty where nothing is."""
    if not shares or len(shares) == datasets:
        return ""
    return f"give {datasets}, one for each dataset, or none; there are {len(shares)}"
