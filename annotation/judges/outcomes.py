"""What became of the pairs that a judge was given."""

from collections.abc import Iterable
from dataclasses import dataclass

from annotation.judging import Verdict
from annotation.models import JudgeCall


@dataclass
class Outcome:
    """Counts of pairs and of calls, and what they cost: `price` in US dollars. `stopped` says why it ended early."""

    judged: int = 0
    failed: int = 0
    inconsistent: int = 0
    calls: int = 0
    cached: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    price: float = 0.0
    stopped: str = ""

    def count(self, verdicts: Iterable[Verdict]) -> None:
        for verdict in verdicts:
            self.judged += not verdict.error
            self.failed += bool(verdict.error)
            self.inconsistent += verdict.consistent is False

    def add(self, call: JudgeCall) -> None:
        self.calls += 1
        self.tokens_in += call.tokens_in
        self.tokens_out += call.tokens_out
        self.price += call.price
