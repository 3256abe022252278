"""Endpoints that share questions: who is asked next, when, and who is asked no more. Lives in one event loop."""

import asyncio
import hashlib
import random
from collections import deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from annotation.judges.client import calls, chat, transport
from annotation.judges.client.calls import LEAVES, OF_THE_QUESTION, Answer, CallFailed, Fault
from annotation.judges.client.endpoints import Access
from annotation.judges.client.rate_limits import Limits
from annotation.models.prompts import Message

K = TypeVar("K", bound=Hashable)

# Characters of a token, about.
CHARACTERS = 4
# So many faults with no answer between them, and the endpoint is as good as down.
ALL_FAULTS = 30
# Asked again it would come to the same.
FINAL = OF_THE_QUESTION | {Fault.REQUEST}


@dataclass(eq=False)
class Request(Generic[K]):
    """A question on its way. `last` refused it, and is not asked again before `not_before`.

    `name` is that of the question in every process that asks it for one purpose, or empty.
    """

    key: K
    messages: Sequence[Message]
    settings: Mapping[str, Any]
    name: str = ""
    attempts: int = 0
    limited: int = 0
    last: "Member | None" = None
    not_before: float = 0.0
    tokens: int = field(init=False)

    def __post_init__(self) -> None:
        """What it may take at most: an endpoint that counts tokens counts those that were allowed."""
        asked = sum(len(message["content"]) for message in self.messages) // CHARACTERS
        allowed = self.settings.get("max_tokens") or self.settings.get("max_completion_tokens") or 0
        self.tokens = asked + int(allowed)

    @property
    def idempotency_key(self) -> str:
        """The same when a process that died asked this and we ask it again: who knows such keys is paid once."""
        if not self.name:
            return ""
        return hashlib.sha256(f"{self.name} {self.attempts + self.limited}".encode()).hexdigest()


class Member:
    """An endpoint with its connection. `seats` of its `in_flight` are open: fewer after a 429, more after answers."""

    def __init__(self, access: Access, now: float) -> None:
        self.access, self.connection = access, transport.connect(access)
        self.limits = Limits.of(access.requests_per_minute, access.tokens_per_minute, now)
        self.seats = float(access.in_flight)
        self.under_way = 0
        # Attempts that failed since the last answer: all, and those that each began after the last had failed.
        self.faults = self.rounds = 0
        self.round_began = now

    @property
    def is_free(self) -> bool:
        return self.under_way < int(self.seats)

    @property
    def load(self) -> float:
        return self.under_way / self.access.in_flight

    def answered(self) -> None:
        self.faults = self.rounds = 0
        self.seats = min(float(self.access.in_flight), self.seats + 1 / self.seats)

    def failed(self, failure: CallFailed, began: float, now: float) -> None:
        """Slow down. Questions that were under way together fail together: that counts once."""
        self.faults += failure.fault not in OF_THE_QUESTION
        if failure.wait is None and failure.fault not in {Fault.RATE, Fault.DOWN}:
            return
        if began >= self.round_began:
            self.rounds, self.round_began = self.rounds + 1, now
            if failure.fault is Fault.RATE:
                self.seats = max(1.0, self.seats / 2)
        self.limits.close(pause(self.rounds) if failure.wait is None else failure.wait, now)

    def reason_to_leave(self, failure: CallFailed, gave_up: bool) -> str:
        """Why no more questions go there; empty where they do."""
        if failure.fault in LEAVES or (failure.fault is Fault.DOWN and self.rounds >= calls.ATTEMPTS):
            return str(failure)
        if failure.wait is not None and failure.wait > calls.PATIENCE:
            return f"{self.access} asks to be left alone for {failure.wait:,.0f} s."
        if gave_up and self.faults >= ALL_FAULTS:
            return f"{failure} So it was {self.faults} times without an answer between."
        return ""


@dataclass
class Pool(Generic[K]):
    """`deliver` hears of every request once: its answer, its failure, or None where it was dropped unasked.

    `asks` hears before each attempt, and forbids it by raising CallFailed; `refuses` hears of one that came to nothing
    and is made again.
    `broke` hears of an error of ours, after which nothing can be relied on. `reasons` say why an endpoint is out;
    with none left, whatever waits fails for all of them.
    """

    model: str
    in_flight: int
    asks: Callable[[K], None]
    deliver: Callable[[K, Answer | CallFailed | None], None]
    refuses: Callable[[K, CallFailed], None]
    broke: Callable[[BaseException], None]
    members: list[Member]
    reasons: list[str]
    ready: deque[Request[K]] = field(default_factory=deque)
    under_way: set[asyncio.Task[None]] = field(default_factory=set)
    timer: asyncio.TimerHandle | None = None
    closed: bool = False

    def __post_init__(self) -> None:
        self.connections = [member.connection for member in self.members]

    def submit(self, request: Request[K]) -> None:
        self.ready.append(request)
        self.pump()

    def drop(self) -> None:
        """Forget what is not under way."""
        while self.ready:
            self.deliver(self.ready.popleft().key, None)

    async def close(self, gives_up: bool = False) -> None:
        """What is under way is paid for, and waited for unless we give up."""
        self.closed = True
        self.drop()
        for task in self.under_way if gives_up else ():
            task.cancel()
        await asyncio.gather(*self.under_way, return_exceptions=True)
        self.drop()
        for connection in self.connections:
            await connection.close()

    def pump(self) -> None:
        """Ask as much as may be asked now, and come again when more may."""
        now, again, kept = now_of_loop(), float("inf"), []
        while self.ready and len(self.under_way) < self.in_flight and any(one.is_free for one in self.members):
            request = self.ready.popleft()
            member, wait = self.choose(request, now)
            if member:
                self.start(member, request)
            else:
                kept.append(request)
                again = min(again, wait)
        self.ready.extendleft(reversed(kept))
        self.come_again(again)
        if not self.members:
            self.give_up()

    def choose(self, request: Request[K], now: float) -> tuple[Member | None, float]:
        """The least busy endpoint that may take it now, or how long until one may."""
        waits, tokens = {}, request.tokens
        for member in self.members:
            backoff = request.not_before - now if member is request.last else 0.0
            waits[member] = max(backoff, member.limits.wait(tokens, now))
        open_now = [member for member, wait in waits.items() if wait <= 0 and member.is_free]
        if open_now:
            return min(open_now, key=lambda member: member.load), 0.0
        # One that is only full is pumped again when it has answered.
        return None, min((wait for wait in waits.values() if wait > 0), default=float("inf"))

    def start(self, member: Member, request: Request[K]) -> None:
        member.limits.take(request.tokens)
        member.under_way += 1
        task = asyncio.get_running_loop().create_task(self.ask(member, request))
        self.under_way.add(task)
        task.add_done_callback(self.ended)

    def ended(self, task: asyncio.Task[None]) -> None:
        self.under_way.discard(task)
        if self.closed:
            return
        if task.cancelled():
            # By a library that lost its way: nobody would be told, and the line would wait for good.
            self.broke(RuntimeError("A question was given up by nobody of ours."))
        elif error := task.exception():
            self.broke(error)
        self.pump()

    async def ask(self, member: Member, request: Request[K]) -> None:
        began = now_of_loop()
        try:
            self.asks(request.key)
        except CallFailed as failure:
            member.under_way -= 1
            self.deliver(request.key, failure)
            return
        try:
            answer, headers = await chat.ask(
                member.connection,
                member.access,
                self.model,
                request.messages,
                request.settings,
                request.idempotency_key,
            )
        except CallFailed as failure:
            self.refused(member, request, failure, began)
        else:
            member.answered()
            member.limits.settle(request.tokens, answer.tokens_in + answer.tokens_out)
            member.limits.learn(headers, member.under_way - 1, now_of_loop())
            self.deliver(request.key, answer)
        finally:
            member.under_way -= 1

    def refused(self, member: Member, request: Request[K], failure: CallFailed, began: float) -> None:
        now = now_of_loop()
        gave_up = self.gives_up(request, failure)
        member.failed(failure, began, now)
        if reason := member.reason_to_leave(failure, gave_up):
            self.leave(member, reason)
        elif gave_up:
            self.deliver(request.key, failure)
            return
        self.refuses(request.key, failure)
        request.last = member
        request.not_before = now + (pause(request.attempts) if failure.wait is None else failure.wait)
        self.ready.append(request)

    def gives_up(self, request: Request[K], failure: CallFailed) -> bool:
        """Count the attempt; whether it was the last one. Where the endpoint is at fault another is asked."""
        if failure.fault in LEAVES or failure.fault is Fault.DOWN:
            return False
        if failure.fault is Fault.RATE:
            request.limited += 1
            return request.limited >= calls.LIMITED_ATTEMPTS
        request.attempts += 1
        return failure.fault in FINAL or request.attempts >= calls.ATTEMPTS

    def leave(self, member: Member, reason: str) -> None:
        """Out of the pool, with what it is still asked: those answers are paid for."""
        if member in self.members:
            self.members.remove(member)
            self.reasons.append(reason)

    def give_up(self) -> None:
        while self.ready:
            self.deliver(self.ready.popleft().key, CallFailed(" ".join(self.reasons), Fault.GONE, stops=True))

    def come_again(self, seconds: float) -> None:
        if self.timer:
            self.timer.cancel()
        self.timer = asyncio.get_running_loop().call_later(seconds, self.pump) if seconds < float("inf") else None


def now_of_loop() -> float:
    return asyncio.get_running_loop().time()


def pause(attempt: int) -> float:
    """Full jitter: anything up to a bound that doubles from half a second, so that many do not come back at once."""
    return random.uniform(0, min(2.0 ** (attempt - 2), calls.LONGEST_WAIT))
