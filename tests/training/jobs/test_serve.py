"""The model server as a process of its own, with a model of a few thousand weights."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.training.jobs.conftest import DEMONSTRATIONS, Run, ask
from training.jobs import serve
from training.jobs.generation import Policy, RewardModel, Sampling
from training.rundir import read_records

ASKED = ask("List old tools.")
ANSWERED = [*ASKED, {"role": "assistant", "content": "the old saw and the new rope."}]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    socket = tmp_path_factory.mktemp("models") / "models.sock"
    process = subprocess.Popen([sys.executable, "-m", "training.jobs.serve", str(socket)])
    client = httpx2.Client(transport=httpx2.HTTPTransport(uds=str(socket)), base_url="http://models", timeout=120)
    try:
        for _ in range(600):
            if socket.exists():
                break
            time.sleep(0.05)
        yield client
    finally:
        client.close()
        process.terminate()
        process.wait(20)


def chat(client: httpx2.Client, base: str, **options: Any) -> list[str]:
    """The pieces of an answer, as the stream gives them."""
    body = {"model": base, "messages": ASKED, "max_tokens": 12, "temperature": 1.0, "stream": True} | options
    with client.stream("POST", "/v1/chat/completions", json=body) as response:
        assert response.status_code == 200, response.read()
        lines = [line.removeprefix("data: ") for line in response.iter_lines() if line]
    assert lines[-1] == "[DONE]"
    deltas = [json.loads(line)["choices"][0]["delta"] for line in lines[:-1]]
    assert deltas[-1] == {}
    return [delta["content"] for delta in deltas[:-1]]


def test_an_answer_comes_in_pieces_that_the_seed_fixes(server: httpx2.Client, base: str) -> None:
    pieces = chat(server, base, seed=5)
    assert 1 < len(pieces) <= 12
    assert chat(server, base, seed=5) == pieces != chat(server, base, seed=6)


def test_a_tokenizer_without_a_template_takes_the_one_that_is_named(base: str) -> None:
    policy = Policy(base)
    own = policy.encode(ASKED)
    assert policy.encode(ASKED, "vicuna").tolist() == own.tolist()
    policy.tokenizer.chat_template = None
    text = policy.tokenizer.decode(policy.encode(ASKED, "vicuna")[0])
    assert text.endswith("USER: List old tools. ASSISTANT:")


def test_neighbours_do_not_change_an_answer(server: httpx2.Client, base: str) -> None:
    alone = [chat(server, base, seed=seed) for seed in range(3)]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda seed: chat(server, base, seed=seed), range(3)))
    assert together == alone


def test_a_score_is_the_one_that_the_score_program_gives(server: httpx2.Client, reward_model: str, do: Run) -> None:
    scored = server.post("/v1/score", json={"model": reward_model, "messages": ANSWERED}).json()["score"]
    record = {"response_id": 1, "prompt_id": 1, "prompt": ASKED, "response": ANSWERED[-1]["content"], "score": None}
    run, _ = do("score", {"responses": [record]}, base=reward_model)
    (written,) = read_records(run.output / "scores.jsonl")
    assert scored == pytest.approx(written["score"], abs=1e-5)


def test_greedy_answers_are_those_of_the_sample_program(base: str, do: Run) -> None:
    policy = Policy(base)
    answer = "".join(policy.stream(policy.encode(ASKED), Sampling(temperature=0, max_tokens=8)))
    draws = [{"name": "responses", "n": 1, "temperature": 0.0}]
    run, _ = do(
        "sample", {"prompts": [DEMONSTRATIONS[0]]}, base=base, draws=draws, max_tokens=8, engine="transformers"
    )
    (written,) = read_records(run.output / "responses.jsonl")
    assert written["prompt"] == ASKED and written["response"].strip() == answer.strip()


def test_the_nucleus_holds_the_likeliest_token_always(base: str) -> None:
    policy = Policy(base)
    ids = policy.encode(ASKED)
    greedy = list(policy.stream(ids, Sampling(temperature=0, max_tokens=6)))
    assert list(policy.stream(ids, Sampling(temperature=2.0, top_p=1e-6, max_tokens=6, seed=9))) == greedy


def test_scores_do_not_depend_on_who_asked_before(reward_model: str) -> None:
    model = RewardModel(reward_model)
    assert model.score(ANSWERED) == model.score(ANSWERED) != model.score(ASKED)


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/v1/chat/completions", b"{", "cannot answer"),
        ("/v1/chat/completions", b"{}", "model is missing"),
        ("/v1/chat/completions", b'{"model": "/no/such/folder", "messages": []}', "weights are not on this machine"),
        ("/v1/chat/completions", b'{"model": "x", "messages": [], "seed": "many"}', "cannot answer"),
        ("/v1/score", b'{"model": "/no/such/folder", "messages": []}', "weights are not on this machine"),
    ],
)
def test_what_cannot_be_done_is_said(server: httpx2.Client, path: str, body: bytes, words: str) -> None:
    response = server.post(path, content=body)
    assert response.status_code == 400
    assert words in response.json()["error"]["message"]


def test_another_path_is_not_found(server: httpx2.Client) -> None:
    assert server.get("/v1/models").status_code == 404


def test_who_goes_away_stops_the_writing(server: httpx2.Client, base: str) -> None:
    body = {"model": base, "messages": ASKED, "max_tokens": 100_000, "temperature": 1.0}
    with server.stream("POST", "/v1/chat/completions", json=body) as response:
        next(response.iter_lines())
    assert base in server.get("/health").json()["loaded"]


def test_only_so_many_stay_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "KEPT", 2)
    models, made = serve.Models(), []
    for name in ("a", "b", "a", "c", "a", "b"):
        models.load("policy", name, lambda directory: made.append(directory) or directory)  # type: ignore[func-returns-value]
    assert made == ["a", "b", "c", "b"]


def test_it_starts_afresh_only_after_idle_minutes_with_something_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    models = serve.Models()
    models.used_at -= serve.IDLE_SECONDS + 1
    assert not models.idle
    models.load("policy", "a", str)
    assert not models.idle
    models.used_at -= serve.IDLE_SECONDS + 1
    assert models.idle


def test_the_server_knows_no_torch_until_it_is_asked() -> None:
    probe = "import sys, training.jobs.serve; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe], cwd=Path(serve.__file__).parents[2]).returncode == 0
