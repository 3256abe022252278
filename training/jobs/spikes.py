"""When a loss jumps: it is held against the median of those before it, and against where it began."""

from collections import deque
from collections.abc import Iterable
from statistics import median

from training.specs import Training

# Before there are so many, a median says little.
FEW = 10


class Spikes:
    """Tells whether a loss is a spike, one logged loss after the other.

    A spike is above `factor` times the running median and above the first loss: a loss that has come close to zero
    may grow by as much without harm.
    """

    def __init__(self, spec: Training) -> None:
        self.factor = spec.spike_factor
        self.first: float | None = None
        self.known = deque[float](maxlen=spec.spike_window)

    def remember(self, losses: Iterable[float]) -> None:
        """Those before a resumption."""
        for loss in losses:
            self.first = loss if self.first is None else self.first
            self.known.append(loss)

    def usual(self, loss: float) -> float | None:
        """The median that this loss leaves behind, where it is a spike."""
        usual = median(self.known) if len(self.known) >= FEW else None
        self.remember([loss])
        assert self.first is not None
        # Losses below zero, as some preference losses and all of policy gradients have, have no such multiple.
        if not self.factor or usual is None or usual <= 0:
            return None
        return usual if loss > max(self.factor * usual, self.first) else None
