"""A fifth of all calls goes wrong in every way there is: no finished answer is lost, and none is asked for again."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as conf
from django.db import connection

from annotation.judges.client import calls
from annotation.judges.config.registry import load
from annotation.judges.runs import over_pairs
from annotation.models import JudgeCall, Judgment, Pair
from tests.annotation.judges.endpoint import Endpoint, Reply, completion, cut, fault, serving
from tests.annotation.making import pair

KEY = "sk-a-secret-that-must-stay-one"
ASK = """
import django; django.setup()
from annotation.judges.runs import over_pairs
from annotation.judges.config.registry import load
from annotation.models import Pair
from studio.projects.models import Project
from studio.projects.scope import inside
with inside(Project.objects.get().pk):
    print(over_pairs.judge_pairs(load("xwin_pair"), Pair.objects.all()).stopped)
"""
MISHAPS: tuple[Callable[[], Reply], ...] = (
    lambda: fault(429, "rate_limit_exceeded", retry_after="0.05"),
    lambda: fault(500),
    lambda: fault(503, retry_after_ms="20"),
    lambda: (200, completion("Verdict: =")[1][:50], {}),
    lambda: (200, b"null", {}),
    cut,
)


class Faulty(Endpoint):
    """Every fifth request comes to nothing. `answered` counts the good answers that each question was given."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds=seconds)
        self.chance, self.mishaps, self.answered = random.Random(7), 0, Counter[str]()

    def reply(self, request: dict[str, Any]) -> Reply:
        if self.chance.random() < 0.2:
            self.mishaps += 1
            return self.chance.choice(MISHAPS)()
        self.answered[request["messages"][-1]["content"]] += 1
        return super().reply(request)


@pytest.fixture
def endpoint(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    with serving(Faulty(0.05)) as served:
        assert isinstance(served, Faulty)
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = served.address, KEY
        yield served


def pairs(count: int) -> None:
    for n in range(count):
        pair(f"Name {n} primes.")


@pytest.mark.django_db
def test_faults_in_a_fifth_of_the_calls_lose_nothing_and_pay_nothing_twice(
    endpoint: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "LONGEST_WAIT", 0.2)
    monkeypatch.setattr(calls, "TIMEOUT", 1.0)
    endpoint.slow = [0.05] * 30 + [3.0] * 10
    pairs(150)
    outcome = over_pairs.judge_pairs(load("xwin_pair"), Pair.objects.all())
    assert (outcome.judged, outcome.failed, outcome.calls, outcome.stopped) == (150, 0, 300, "")
    assert JudgeCall.objects.filter(error="").count() == 300
    # The ten that nobody waited for were answered to nobody, and asked again.
    assert endpoint.mishaps > 40 and set(endpoint.answered.values()) <= {1, 2}
    assert sum(endpoint.answered.values()) <= 310


def asking(address: str) -> "subprocess.Popen[str]":
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    told = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings", "OPENAI_BASE_URL": address}
    environ = os.environ | told | {"OPENAI_API_KEY": KEY}
    return subprocess.Popen([sys.executable, "-c", ASK], cwd=conf.ROOT, env=environ, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_kill_9_in_the_middle_loses_no_stored_answer_and_asks_for_none_again(endpoint: Faulty) -> None:
    pairs(200)
    first = asking(endpoint.address)
    while JudgeCall.objects.count() < 100:
        assert first.poll() is None
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.wait()
    while endpoint.at_once:
        time.sleep(0.01)
    stored = set(JudgeCall.objects.filter(error="").values_list("pk", flat=True))
    before = sum(endpoint.answered.values())
    said, _ = asking(endpoint.address).communicate(timeout=60)
    assert said.strip() == "" and len(stored) < 400
    assert Judgment.objects.filter(state="valid").count() == 200
    kept = JudgeCall.objects.filter(error="")
    assert kept.count() == 400 and stored < set(kept.values_list("pk", flat=True))
    # The second process is answered what the first had neither stored nor in its journal.
    assert 400 - before <= sum(endpoint.answered.values()) - before <= 400 - len(stored)
    # Nothing was paid for twice but what was under way at the kill.
    assert sum(endpoint.answered.values()) - 400 <= conf.OPENAI_IN_FLIGHT
    # What the first had been answered and could not store any more was under way, and no more than that.
    assert before - len(stored) <= conf.OPENAI_IN_FLIGHT + 20
