"""A real OpenAI-compatible server, `transformers serve` on a tiny model of ours, through the real client.

An untrained model says nothing that could be read as a verdict: every answer is kept as a failure with its text.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import msgspec
import pytest

from annotation.judges.client import try_endpoint
from annotation.judges.config.registry import Judge, load
from annotation.judges.runs import over_pairs
from annotation.models import Endpoint, JudgeCall, Judgment, Pair
from tests.annotation.making import pair
from tests.training.jobs.conftest import DEMONSTRATIONS, make, perform

pytest.importorskip("fastapi", reason="transformers serve needs fastapi: requirements/dev.txt has it")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

# The tiny model's own template knows no system message.
TEMPLATE = "{% for one in messages %}[{{ one.role }}] {{ one.content }} {% endfor %}[assistant]"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("judge") / "create"
    run = make(path, "create", {"corpus": DEMONSTRATIONS}, vocabulary=300, width=16, layers=1, heads=2, positions=4096)
    assert perform(run).state == "succeeded"
    (run.output / "chat_template.jinja").write_text(TEMPLATE)
    return run.output


@pytest.fixture(scope="module")
def address(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    program = Path(sys.executable).with_name("transformers")
    words = ["serve", str(model), "--device", "cpu", "--host", "127.0.0.1", "--port", str(port)]
    home = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path_factory.mktemp("hub")), "OMP_NUM_THREADS": "1"}
    with (model.parent / "said.log").open("ab") as log:
        server = subprocess.Popen([program, *words], env=os.environ | home, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/health", server)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(30)


def wait_for(health: str, server: "subprocess.Popen[bytes]") -> None:
    latest = time.monotonic() + 180
    while time.monotonic() < latest and server.poll() is None:
        try:
            with urlopen(health, timeout=5):
                return
        except (URLError, ConnectionError):
            time.sleep(0.2)
    raise AssertionError("transformers serve did not come up")


@pytest.fixture
def judge(model: Path, address: str, settings: Any) -> Judge:
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = address, "none"
    # The server takes no `logprobs`, and samples nothing at temperature 0.
    return msgspec.structs.replace(load("xwin_pair"), model=str(model), settings={"max_tokens": 16, "temperature": 0})


@pytest.mark.django_db
def test_a_real_server_answers_and_what_is_no_verdict_is_kept_as_a_failure(judge: Judge) -> None:
    for n in range(3):
        pair(f"Name {n} primes.")
    outcome = over_pairs.judge_pairs(judge, Pair.objects.all())
    assert (outcome.failed, outcome.judged, outcome.calls, outcome.stopped) == (3, 0, 6, "")
    for call in JudgeCall.objects.all():
        assert call.raw and call.tokens_in > 100 and 0 < call.tokens_out <= 16 and call.latency > 0
        assert "no line" in call.error and call.model.startswith(judge.model)
    assert {judgment.state for judgment in Judgment.objects.all()} == {"failed"}


@pytest.mark.django_db
def test_it_can_be_tried(judge: Judge, address: str) -> None:
    row = Endpoint.objects.create(name="tiny", base_url=address, allow_private=True)
    trial = try_endpoint.try_out(row, judge.model)
    assert trial.ok and trial.model.startswith(judge.model)


@pytest.mark.django_db
def test_a_model_that_it_does_not_serve_is_refused_at_no_cost(judge: Judge) -> None:
    pair("Name a prime.")
    outcome = over_pairs.judge_pairs(msgspec.structs.replace(judge, model="/nowhere", version=2), Pair.objects.all())
    assert (outcome.judged, outcome.failed, outcome.calls) == (0, 1, 0)
    assert "refuses the request (400)" in Judgment.objects.get().error
