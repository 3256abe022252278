"""What became of the pairs that a judge was given."""

from collections.abc import Iterable
from dataclasses import dataclass

from annotation.judges.client import Answer
from annotation.judges.loading import Price
from annotation.judging import Verdict


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

    def add(self, answer: Answer, price: Price) -> None:
        self.calls += 1
        self.tokens_in += answer.tokens_in
        self.tokens_out += answer.tokens_out
        self.price += (answer.tokens_in * price.input + answer.tokens_out * price.output) / 1e6
