"""The frame in which a judge is asked, about pairs or single responses: a dispatcher kept busy, within a budget."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Generator, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from django.conf import settings as conf
from django.utils import timezone

from annotation.judges.client.batches import AnyDispatcher, BatchLine
from annotation.judges.client.calls import Answer, CallFailed
from annotation.judges.client.dispatch import Dispatcher
from annotation.judges.client.journal import Journal
from annotation.judges.client.withdrawals import Withdrawals
from annotation.judges.config.registry import Judge, Price
from annotation.judges.runs.budget import JudgeBudget
from annotation.judges.runs.monthly_budget import Allowance
from annotation.judges.runs.outcomes import UNNAMED, Outcome, Purpose
from annotation.judges.runs.questions import Question
from annotation.models import Author, JudgeCall
from studio.words import dollars_as_written

IN_FLIGHT: int | None = None

Key = TypeVar("Key", bound=Hashable)
Asked = TypeVar("Asked")
Done = TypeVar("Done")


def answers_of(author: Author, purpose: Purpose) -> Path:
    """Where the journals lie of what a judge is asked for a purpose."""
    return Path(conf.VAR) / "answers" / f"{author.pk} {purpose.asked_for}".replace(" ", "-").rstrip("-")


@dataclass
class Questioning(ABC, Generic[Key, Asked, Done]):
    """A judge at work on `Asked`, of which `Done` comes. `waiting` holds a key, a digest and a question each.

    One that `gives_up` does not wait for what was asked when it is left.
    """

    judge: Judge
    author: Author
    outcome: Outcome
    should_stop: Callable[[], bool]
    purpose: Purpose = UNNAMED
    gives_up: bool = False
    waiting: deque[tuple[Key, str, Question]] = field(default_factory=deque)
    # None for a judge that costs nothing. `paid` is what the allowance has not heard of yet.
    allowance: Allowance | None = None
    paid: float = 0.0
    withdrawals: Withdrawals | None = None

    def __post_init__(self) -> None:
        self.budget = JudgeBudget(self.judge.price, self.purpose.budget, spent=self.outcome.price)

    @abstractmethod
    def more(self, asked: Iterator[Asked]) -> list[Done] | None:
        """Have the questions about the next ones wait; what is done without asking. None where nothing is left."""

    @abstractmethod
    def take(self, answers: list[tuple[Key, Answer | CallFailed]]) -> list[Done]:
        """Store what came, and say what is done by it."""

    def rounds(self, asked: Iterator[Asked]) -> Generator[list[Done], None, None]:
        """What is done, as it comes. What the endpoint was asked is waited for, also where this is stopped."""
        try:
            with self.allowed(), self.dispatcher() as dispatcher:
                while True:
                    yield from filter(None, self.fill(dispatcher, asked))
                    if not dispatcher.under_way:
                        return
                    yield self.take(dispatcher.answers())
        except CallFailed as failure:
            self.outcome.stopped = str(failure)

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """Within the project's month. What was asked and not heard of stays reserved: it may be billed."""
        self.withdrawals = Withdrawals(self.judge)
        if self.judge.price == Price():
            yield
            return
        self.allowance = Allowance(self.purpose.asked_for, resumed=self.purpose.since is not None)
        was_heard = False
        try:
            yield
            was_heard = not self.purpose.batch
        finally:
            self.allowance.release(keep=0.0 if was_heard else self.budget.reserved)

    @contextmanager
    def dispatcher(self) -> Iterator[AnyDispatcher[Key]]:
        """With what was paid for and not stored, because a process died between the two."""
        if self.purpose.batch:
            with BatchLine[Key](self.judge) as batches:
                yield batches
            return
        name = self.purpose.asked_for if self.purpose.since else ""
        folder = answers_of(self.author, self.purpose)
        with Dispatcher[Key](self.judge, folder, IN_FLIGHT, name, self.gives_up) as dispatcher:
            self.recollect(dispatcher.journal)
            yield dispatcher

    def recollect(self, journal: Journal) -> None:
        """What the journal holds and the database has by now is forgotten there."""
        stored = JudgeCall.objects.filter(author=self.author, asked_for=self.purpose.asked_for)
        known = stored.filter(prompt_digest__in=list(journal.found)).exclude(model="")
        journal.stored(list(known.values_list("prompt_digest", flat=True)))
        self.outcome.unheard += journal.unheard
        if not self.purpose.asked_for:
            # Told now; nobody resumes what has no name.
            journal.unheard = 0

    def fill(self, dispatcher: AnyDispatcher[Key], asked: Iterator[Asked]) -> Iterator[list[Done]]:
        """Keep the dispatcher busy; what needs no call at all is done at once."""
        if not self.outcome.stopped and self.should_stop():
            self.outcome.stopped = "It was cancelled."
        if not self.outcome.stopped and self.withdrawals:
            self.outcome.stopped = self.withdrawals.words()
        if self.outcome.stopped:
            dispatcher.drop()
        while dispatcher.free and not self.outcome.stopped:
            if self.waiting:
                key, digest, question = self.waiting[0]
                if not dispatcher.knows(digest) and not self.affords(dispatcher):
                    return
                self.waiting.popleft()
                self.budget.begin(key, question)
                dispatcher.ask(key, question.messages, question.settings, digest)
            elif (done := self.more(asked)) is not None:
                yield done
            else:
                return

    def affords(self, dispatcher: AnyDispatcher[Key]) -> bool:
        """Whether the next question fits into the budget. Where it does not, an answer under way may cost less."""
        question = self.waiting[0][2]
        is_within = self.budget.affords(question)
        if is_within and self.covers(question):
            return True
        if not dispatcher.under_way:
            says = f"The budget of {dollars_as_written(self.purpose.budget or 0)} is spent"
            self.outcome.stopped = self.allowance.refusal if is_within and self.allowance else says
            self.outcome.out_of_budget, self.outcome.out_of_month = True, is_within
        return False

    def covers(self, question: Question) -> bool:
        """Whether the project's month bears the question beside those under way."""
        return self.allowance is None or self.allowance.covers(self.budget.reserved + self.budget.most(question))

    def settle(self) -> None:
        """The month hears what was paid, in the transaction that stores the answers."""
        if self.allowance:
            self.allowance.pay(self.paid)
        self.paid = 0.0

    def call(self, question: Question, **about: Any) -> JudgeCall:
        """The call that a question is, about a pair or a response."""
        return JudgeCall(
            author=self.author,
            shown=question.shown,
            sample=question.sample,
            prompt_digest=question.digest(self.judge),
            settings=question.settings,
            seed=question.settings.get("seed"),
            asked_for=self.purpose.asked_for,
            **about,
        )

    def stops(self, key: Key, failure: CallFailed) -> bool:
        """Whether a failure ends the whole dispatcher, and not this question alone."""
        self.budget.end(key)
        if failure.stops:
            self.outcome.stopped = str(failure)
        return failure.stops

    def pay(self, key: Key, call: JudgeCall, answer: Answer) -> None:
        """The call has its answer as it is, and what it cost."""
        heard(call, answer)
        call.latency, call.endpoint = answer.latency, answer.endpoint
        call.tokens_in, call.tokens_out = answer.tokens_in, answer.tokens_out
        call.price = answer.share * self.judge.price.of(answer.tokens_in, answer.tokens_out)
        self.budget.end(key, call.tokens_in, call.price)
        self.paid += call.price


def heard(call: JudgeCall, answer: Answer) -> None:
    call.raw, call.logprobs, call.model = answer.text, answer.logprobs, answer.model
    call.created_at = timezone.now()
    call.error = str(answer.refusal or "")
