"""The kinds of work that are killed: each begins, goes on whatever dies, and is counted at its end."""

import random
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2
import orjson

from annotation.datasets import versions
from annotation.judges.config.registry import load
from annotation.models import Collection, JudgeCall, Judgment, Pair, Prompt, Response, Version
from studio.accounts.models import ApiToken, User
from studio.database.retry import patiently
from tests.bench import moving
from tests.bench.studio import Studio, wait_until
from tests.killing.provider import Answering
from training.models import Checkpoint, Metric, Run
from training.rundir import RunDir
from training.runs import launching
from training.worker import leases

EVERYBODY = ("web", "worker-cpu", "beat", "postgres", "valkey")
VICTIMS = {
    "import": EVERYBODY,
    "judging": (*EVERYBODY, "worker-judge"),
    "sampling": (*EVERYBODY, "worker-gpu", "program"),
    "training": (*EVERYBODY, "worker-gpu", "program"),
}
TINY = {"gpus": 0, "precision": "fp32"}
PROMPTS, EACH = 24, 1
STEPS, LOGGED = 60, 5
PAIRS = 80
IMPORTED = 4_000


class Work(ABC):
    """`share` is how far it is, from 0 to 1; `twice` what was paid for again, and `unheard` how much may be.

    `twice_with_keys` is what a provider would have been paid for again that knows idempotency keys.
    """

    twice = twice_with_keys = unheard = 0

    @abstractmethod
    def begin(self) -> None: ...

    @abstractmethod
    def share(self) -> float: ...

    @abstractmethod
    def moves(self) -> bool:
        """Whether somebody who lives is at it, or it is done, or could be sent again."""

    @abstractmethod
    def finish(self) -> None:
        """Wait for its end. Raises StudioFailed."""

    @abstractmethod
    def faults(self) -> list[str]:
        """What was lost or doubled, in words."""


@dataclass
class Importing(Work):
    """A file through the API: all of it or nothing, and the same file again adds what is missing."""

    studio: Studio
    token: str
    number: int
    seconds: float
    answer: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        self.slug = f"kill-{self.number}"
        lines = (line | {"prompt": f"{self.slug} {line['prompt']}"} for line in moving.pairs(IMPORTED))
        self.content = b"".join(orjson.dumps(line) + b"\n" for line in lines)
        self.sending = threading.Thread(target=self.send)

    def begin(self) -> None:
        self.began = time.monotonic()
        self.sending.start()

    def send(self) -> None:
        """What the studio answers; nothing where it died meanwhile."""
        self.answer = self.answered(self.content, self.slug)

    def answered(self, content: bytes, collection: str) -> dict[str, Any] | None:
        try:
            sent = httpx2.post(
                f"{self.studio.address}/api/v1/imports/?format=pairs&collection={collection}",
                content=content,
                headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/octet-stream"},
                timeout=180,
            )
        except httpx2.TransportError:
            return None
        return sent.json() if sent.status_code == httpx2.codes.OK else None

    def share(self) -> float:
        return (time.monotonic() - self.began) / self.seconds

    def moves(self) -> bool:
        """A file is taken again, beside this one."""
        return self.answered(self.content.partition(b"\n")[0], f"{self.slug}-beside") is not None

    def there(self) -> int:
        return patiently(lambda: Pair.objects.filter(collection__slug=self.slug).count())

    def finish(self) -> None:
        self.sending.join()
        self.first, self.before = self.answer, self.there()
        while not self.answer:
            self.send()

    def faults(self) -> list[str]:
        found = []
        if self.before not in {0, IMPORTED} or (self.first and self.before != IMPORTED):
            found.append(f"{self.before} of {IMPORTED} pairs were there after {self.first}")
        prompts = Prompt.objects.filter(collection__slug=self.slug).count()
        responses = Response.objects.filter(prompt__collection__slug=self.slug).count()
        if (self.there(), prompts, responses) != (IMPORTED, IMPORTED, 2 * IMPORTED):
            found.append(f"{self.there()} pairs, {prompts} prompts, {responses} responses")
        return found


class OfRun(Work):
    """What a run does."""

    run: Run

    def state(self) -> str:
        patiently(lambda: self.run.refresh_from_db())
        return self.run.state

    def share(self) -> float:
        return self.run.share_done if self.state() == Run.State.RUNNING else float(not self.run.is_open)

    def moves(self) -> bool:
        orphans = patiently(leases.orphaned)
        alive = self.run.pk not in {lease.run_id for lease in orphans}
        return self.state() == Run.State.SUCCEEDED or (self.run.state == Run.State.RUNNING and alive)

    def finish(self) -> None:
        wait_until(lambda: self.state() not in Run.OPEN, f"{self.run} did not end")

    def faults(self) -> list[str]:
        return [] if self.run.state == Run.State.SUCCEEDED else [f"{self.run.state}: {self.run.error}"]


@dataclass
class Judging(OfRun):
    endpoint: Answering
    number: int
    slug: str = field(init=False)

    def begin(self) -> None:
        self.slug = f"judged-{self.number}"
        lines = (line | {"prompt": f"{self.slug} {line['prompt']}", "judgments": []} for line in moving.pairs(PAIRS))
        moving.imported(b"".join(orjson.dumps(line) + b"\n" for line in lines), "pairs", self.slug)
        self.endpoint.paid.clear()
        self.endpoint.idempotency_keys.clear()
        self.run = launching.launch("judge", {"judge": "xwin_pair", "collection": self.slug}, name=self.slug)

    def finish(self) -> None:
        super().finish()
        self.twice = sum(self.endpoint.paid.values()) - len(self.endpoint.paid)
        self.twice_with_keys = len(set(self.endpoint.idempotency_keys)) - len(self.endpoint.paid)
        self.unheard = self.run.result.get("unheard", 0)

    def faults(self) -> list[str]:
        calls = JudgeCall.objects.filter(pair__collection__slug=self.slug)
        judgments = Judgment.objects.filter(pair__collection__slug=self.slug, superseded_at=None, state="valid")
        author, counted = load("xwin_pair").author, (calls.count(), judgments.count())
        wrong = [f"{counted} calls and judgments by {author}"] if counted != (2 * PAIRS, PAIRS) else []
        if self.run.result.get("calls") != 2 * PAIRS:
            wrong.append(f"the run says {self.run.result.get('calls')} calls")
        if self.twice > self.unheard:
            wrong.append(f"{self.twice} paid twice, and {self.unheard} said to be")
        return super().faults() + wrong


@dataclass
class Sampling(OfRun):
    model: Checkpoint
    prompts: Version
    number: int

    def begin(self) -> None:
        draw = {"n": EACH, "distinct": False}
        settings = TINY | {"draws": [draw], "max_tokens": 8, "chunk": 4, "batch_size": 8, "engine": "transformers"}
        given = {"prompts": self.prompts}
        name = f"sampled {self.number}"
        self.run = launching.launch("sample", settings, name=name, checkpoint=self.model, inputs=given)

    def faults(self) -> list[str]:
        lines = (RunDir(self.run.directory).output / "responses.jsonl").read_bytes().splitlines()
        written = Counter(orjson.loads(line)["prompt_id"] for line in lines)
        stored = Response.objects.filter(metadata__run=self.run.pk).values_list("prompt", "text")
        texts = {(found["prompt_id"], found["response"].replace("\0", "\ufffd")) for found in map(orjson.loads, lines)}
        wrong = [] if set(written.values()) == {EACH} and len(written) == PROMPTS else [f"written: {written}"]
        # The same words of an earlier run are that run's.
        lost = {pair for pair in texts - set(stored) if not Response.objects.filter(prompt=pair[0], text=pair[1])}
        return super().faults() + wrong + ([f"{len(lost)} responses are in the file only"] if lost else [])


@dataclass
class Training(OfRun):
    model: Checkpoint
    lessons: Version
    number: int

    def begin(self) -> None:
        small = {"batch_size": 4, "micro_batch_size": 4, "max_length": 64, "save_every": 20, "log_every": LOGGED}
        settings = small | TINY | {"epochs": 1.0, "template": "tiny", "gradient_checkpointing": False}
        given = {"train": self.lessons}
        name = f"lesson {self.number}"
        self.run = launching.launch("sft", settings, name=name, checkpoint=self.model, inputs=given)

    def faults(self) -> list[str]:
        steps = list(Metric.objects.filter(run=self.run, name="loss").order_by("step").values_list("step", flat=True))
        wrong = [] if steps == [1, *range(LOGGED, STEPS + 1, LOGGED)] else [f"steps {steps}"]
        made = Checkpoint.objects.filter(run=self.run).count()
        return super().faults() + wrong + ([f"{made} checkpoints"] if made != 1 else [])


Make = Callable[[int], Work]


def prepared(studio: Studio, endpoint: Answering, kinds: list[str]) -> dict[str, Make]:
    """What makes a work of each kind, with all that it needs in the studio already."""
    makes: dict[str, Make] = {"judging": lambda number: Judging(endpoint, number)}
    if "import" in kinds:
        makes["import"] = importing(studio)
    if {"sampling", "training"} & set(kinds):
        collection = Collection.objects.create(slug=f"taught-{random.getrandbits(32)}", name="Taught")
        prompts = [
            Prompt.objects.create(collection=collection, messages=[{"role": "user", "content": f"Name {n} animals."}])
            for n in range(PROMPTS)
        ]
        rows = [{"prompt_id": prompt.pk, "prompt": prompt.messages} for prompt in prompts]
        lessons = [row | {"response": f"Cat and dog {n}."} for n in range(STEPS * 4 // PROMPTS + 1) for row in rows]
        taught = versions.freeze_rows("lessons", "demonstrations", lessons[: STEPS * 4], {})
        asked = versions.freeze_rows("asked", "prompts", rows, {})
        model = created(taught)
        makes["sampling"] = lambda number: Sampling(model, asked, number)
        makes["training"] = lambda number: Training(model, taught, number)
    return makes


def importing(studio: Studio) -> Make:
    """With how long it takes when nobody is killed."""
    admin = User.objects.filter(is_superuser=True).earliest("pk")
    token = ApiToken.issue(admin, "kill tests")[1]
    whole = Importing(studio, token, 0, 1.0)
    whole.begin()
    whole.finish()
    seconds = time.monotonic() - whole.began
    return lambda number: Importing(studio, token, number, seconds)


def created(corpus: Version) -> Checkpoint:
    small = {"vocabulary": 300, "width": 32, "layers": 2, "heads": 2, "positions": 128}
    run = launching.launch("create", small | TINY, name="tiny", inputs={"corpus": corpus})

    def ended() -> bool:
        run.refresh_from_db()
        return not run.is_open

    wait_until(ended, "no model was made")
    return Checkpoint.objects.get(run=run)
