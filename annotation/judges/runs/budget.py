"""What questions will cost before they are answered, and a budget that no new question may break. Pure."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotation.judges.config.registry import Price
from annotation.judges.runs.questions import Question
from annotation.models.prompts import Message

# What a message costs besides its words, in the chat templates that are known.
AROUND = 4
# So long an answer is reckoned with where the judge's settings name no limit.
LONGEST = 1000
LIMITS = ("max_completion_tokens", "max_tokens")


def estimated(messages: Sequence[Message]) -> float:
    """Tokens without a tokenizer: a quarter for each character of English, about one for each of Chinese."""
    return sum(AROUND + estimated_text(message["content"]) for message in messages)


def estimated_text(text: str) -> float:
    characters, octets = len(text), len(text.encode(errors="surrogatepass"))
    return characters / 4 + (octets - characters) * 3 / 8


def longest_answer(settings: Mapping[str, Any]) -> int:
    return next((int(settings[name]) for name in LIMITS if settings.get(name)), LONGEST)


@dataclass
class JudgeBudget:
    """US dollars that were `spent`, and those reserved for questions under way, each at the most that it can cost.

    What an answer's prompt counted corrects the estimate of the next.
    """

    price: Price
    budget: float | None = None
    spent: float = 0.0
    under_way: dict[Hashable, tuple[float, float]] = field(default_factory=dict)
    reserved: float = 0.0
    estimated: float = 0.0
    counted: float = 0.0

    def affords(self, question: Question) -> bool:
        return self.budget is None or self.spent + self.reserved + self.most(question) <= self.budget

    def begin(self, key: Hashable, question: Question) -> None:
        most = self.most(question)
        self.under_way[key] = estimated(question.messages), most
        self.reserved += most

    def end(self, key: Hashable, tokens_in: int = 0, price: float = 0.0) -> None:
        self.spent += price
        tokens, most = self.under_way.pop(key, (0.0, 0.0))
        self.reserved = self.reserved - most if self.under_way else 0.0
        if tokens_in:
            self.estimated += tokens
            self.counted += tokens_in

    def most(self, question: Question) -> float:
        """The most that a question can cost: a full answer, and its prompt by what prompts counted until now."""
        ratio = max(self.counted / self.estimated, 0.5) if self.estimated else 1.0
        tokens_in = round(estimated(question.messages) * ratio)
        return self.price.of(tokens_in, longest_answer(question.settings))
