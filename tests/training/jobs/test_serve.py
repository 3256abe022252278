"""The model server as a process of its own, with a model of a few thousand weights."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from studio import gpus
from tests.nvidia import answer
from tests.training.jobs.conftest import DEMONSTRATIONS, Run, ask
from training.jobs import serve
from training.jobs.generation import Policy, RewardModel, Sampling
from training.rundir import read_records

ASKED = ask("List old tools.")
ANSWERED = [*ASKED, {"role": "assistant", "content": "the old saw and the new rope."}]

# The server, as far as torch would be imported.
SEES = """
import asyncio, os, sys
import uvicorn
uvicorn.Server = lambda config: sys.exit(print(os.environ["CUDA_VISIBLE_DEVICES"]))
from training.jobs import serve
asyncio.run(serve.serve(sys.argv[1]))
"""
NEW = """
from transformers import LlamaConfig, LlamaForCausalLM
class Config(LlamaConfig):
    model_type = "new"
class Model(LlamaForCausalLM):
    config_class = Config
"""


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
    policy = Policy(base)
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
    other = [*ASKED, {"role": "assistant", "content": "rope"}]
    assert model.score(ANSWERED) == model.score(ANSWERED) != model.score(other)


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


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        (ask("x" * 300), "the conversation has 303 tokens, and it can read 255. Begin a new one."),
        (
            [{"role": "system", "content": "Be kind."}, *ASKED],
            "template refuses it: this template knows no role system",
        ),
        ([*ASKED, {"role": "tool", "content": "saw"}], "a turn of tool follows user"),
    ],
)
def test_messages_that_cannot_be_answered_are_said_in_words(
    server: httpx2.Client, base: str, messages: list[dict[str, str]], words: str
) -> None:
    response = server.post("/v1/chat/completions", json={"model": base, "messages": messages})
    assert response.status_code == 400
    assert words in response.json()["error"]["message"]


def test_a_score_of_too_long_a_conversation_is_refused_in_words(server: httpx2.Client, reward_model: str) -> None:
    long = [*ASKED, {"role": "assistant", "content": "x" * 300}]
    response = server.post("/v1/score", json={"model": reward_model, "messages": long})
    assert response.status_code == 400
    assert "and it can read 256" in response.json()["error"]["message"]


def test_an_answer_ends_with_the_last_position(base: str) -> None:
    policy = Policy(base)
    ids = policy.encode(ask("x" * 245))
    assert len(list(policy.tokens(ids, Sampling(temperature=1.0, max_tokens=50)))) <= 8


def test_another_path_is_not_found(server: httpx2.Client) -> None:
    assert server.get("/v1/models").status_code == 404


def test_who_goes_away_stops_the_writing(server: httpx2.Client, base: str) -> None:
    body = {"model": base, "messages": ASKED, "max_tokens": 100_000, "temperature": 1.0}
    with server.stream("POST", "/v1/chat/completions", json=body) as response:
        next(response.iter_lines())
    assert base in server.get("/health").json()["loaded"]


def test_it_starts_afresh_only_after_idle_minutes_with_something_loaded(base: str) -> None:
    models = serve.Models(room=2**40)
    models.used_at -= serve.IDLE_SECONDS + 1
    assert not models.idle
    models.policy(base, trusted=False)
    assert not models.idle
    models.used_at -= serve.IDLE_SECONDS + 1
    assert models.idle


def test_the_server_knows_no_torch_until_it_is_asked() -> None:
    probe = "import sys, training.jobs.serve; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe], cwd=Path(serve.__file__).parents[2]).returncode == 0


@pytest.fixture
def small(base: str) -> serve.Models:
    """Room for two of these models, and a GPU whose lock is this test's alone."""
    return serve.Models(room=serve.size_of(base) * 2)


def test_as_many_models_stay_loaded_as_fit(small: serve.Models, base: str, tmp_path: Path) -> None:
    copies = [shutil.copytree(base, tmp_path / name).as_posix() for name in ("one", "two", "three")]
    for directory in (*copies[:2], copies[0], copies[2]):
        small.policy(directory, trusted=False)
    assert [directory for _, directory, _ in small.loaded] == [copies[0], copies[2]]


def test_a_model_that_does_not_fit_is_refused_with_its_size(base: str) -> None:
    with pytest.raises(ValueError, match=r"weights are .* GiB, and the model server has room for 0\.0 GiB"):
        serve.Models(room=1).policy(base, trusted=False)


def test_it_leaves_its_gpu_to_a_run_and_takes_it_with_the_first_model(
    base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "LOCKS", tmp_path)
    models = serve.Models(room=2**40, gpu=gpus.Gpu(0, "GPU-a", "H200", 143771))
    run = gpus.take(tmp_path, "GPU-a")
    with pytest.raises(OSError, match="a run works on the GPU"):
        models.policy(base, trusted=False)
    assert run
    run.close()
    models.policy(base, trusted=False)
    assert not gpus.is_free(tmp_path, "GPU-a")


@pytest.mark.parametrize(("named", "seen"), [("", ""), ("1", "1"), ("GPU-0", "0")])
def test_it_sees_the_gpu_that_a_setting_names_or_none(tmp_path: Path, named: str, seen: str) -> None:
    answer(tmp_path, ["0, GPU-0a, H200, 143771", "1, GPU-1a, H200, 143771"])
    told = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "STUDIO_MODELS_GPU": named, "CUDA_VISIBLE_DEVICES": "0,1"}
    program = [sys.executable, "-c", SEES, str(tmp_path / "no" / "socket")]
    done = subprocess.run(program, env=os.environ | told, capture_output=True, text=True, check=False)
    assert done.stdout == f"{seen}\n", done.stderr


def test_one_that_is_not_there_is_named(tmp_path: Path) -> None:
    answer(tmp_path, ["0, GPU-0a, H200, 143771"])
    told = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "STUDIO_MODELS_GPU": "7"}
    done = subprocess.run(
        [sys.executable, "-m", "training.jobs.serve", "s"], env=os.environ | told, capture_output=True
    )
    assert b"There is no GPU '7' here; nvidia-smi lists 0 (GPU-0a)." in done.stderr


@pytest.mark.parametrize("trusted", [True, False])
def test_code_of_a_checkpoint_runs_only_where_the_studio_says_so(base: str, tmp_path: Path, trusted: bool) -> None:
    own = shutil.copytree(base, tmp_path / "own")
    config = json.loads((own / "config.json").read_text())
    config |= {"model_type": "new", "auto_map": {"AutoConfig": "new.Config", "AutoModelForCausalLM": "new.Model"}}
    (own / "config.json").write_text(json.dumps(config))
    (own / "new.py").write_text(NEW)
    if trusted:
        assert type(Policy(str(own), trusted).model).__name__ == "Model"
    else:
        with pytest.raises(ValueError, match="custom code"):
            Policy(str(own))


def test_tokens_of_a_run_come_from_a_program_of_their_own(server: httpx2.Client, base: str) -> None:
    asked = {"kind": "sft", "settings": {"template": "own", "gpus": 0}, "base": base, "records": DEMONSTRATIONS[:1]}
    found = server.post("/v1/preview", json=asked).json()
    assert found["counts"] == {"rows": 1, "truncated": 0}
    assert found["rows"][0]["conversations"][0]["head"][-1] == ["</s>", "learnt", True]


def test_a_template_that_never_ends_is_given_up(base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(base, tmp_path / "endless")
    loop = "{% for a in range(99999) %}" * 3 + "{% endfor %}" * 3
    (tmp_path / "endless" / "chat_template.jinja").write_text(loop)
    monkeypatch.setattr(serve, "PREVIEW_SECONDS", 8)
    asked = {"kind": "sft", "settings": {"template": "own"}, "base": str(tmp_path / "endless"), "records": []}
    with pytest.raises(ValueError, match="its tokens took longer than 8 seconds"):
        asyncio.run(serve.preview({**asked, "records": DEMONSTRATIONS[:1]}, None, None))  # type: ignore[arg-type]
