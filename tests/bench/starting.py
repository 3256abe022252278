"""From the command to /health/ready, with everything installed and made."""

from collections.abc import Iterator
from statistics import median

from tests.bench.figures import Figure, Found
from tests.bench.studio import Studio

ROUNDS = 3


def measure(studio: Studio) -> Iterator[Found]:
    took = [again(studio) for _ in range(ROUNDS)]
    every = ", ".join(f"{seconds:.1f}" for seconds in took)
    yield Figure("second start", median(took), "s", 6, detail=f"the middle of {every}")


def again(studio: Studio) -> float:
    from django.db import connections

    connections.close_all()
    studio.close()
    return studio.open()
