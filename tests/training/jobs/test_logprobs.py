"""Log-probabilities of sampled responses are those that the model gives to the whole text when it reads it."""

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.jobs.conftest import Run, ask
from training.jobs.checkpoints import load_policy
from training.jobs.conversations import Encoder
from training.jobs.engines import AnswerRequest, Refusal
from training.jobs.engines.with_transformers import TransformersSampler
from training.jobs.tokenizer import load_tokenizer
from training.rundir import read_records
from training.specs import Draw, Sample

PROMPTS: list[dict[str, Any]] = [
    {"prompt_id": number, "prompt": ask(f"List {'old ' * number}tools.")} for number in range(5)
]
DRAWS: list[dict[str, Any]] = [
    {"name": "warm", "n": 3, "temperature": 1.7, "top_p": 0.9, "min_p": 0.01},
    {"name": "penalised", "n": 2, "repetition_penalty": 1.3, "frequency_penalty": 0.5, "min_tokens": 4},
]


def read_whole(model: Any, prompt: list[int], said: list[int]) -> float:
    """The sum of log-probabilities of what was said, in one pass of transformers over all of it."""
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([prompt + said])).logits[0, len(prompt) - 1 : -1]
    return float(torch.log_softmax(logits, -1).gather(1, torch.tensor(said)[:, None]).sum())


@pytest.mark.parametrize("draw", DRAWS, ids=lambda draw: draw["name"])
def test_the_sum_is_what_transformers_gives_to_the_whole_answer(
    base: str, draw: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever temperature, cuts and penalties drew it."""
    spec, said = Sample(precision="fp32", gpus=0, max_tokens=12, logprobs=True, batch_size=4), list[Any]()
    sampler = TransformersSampler(spec, Path(base))
    decode = sampler.decode

    def noted(*given: Any) -> list[Any]:
        said.extend(found := decode(*given))
        return list(found)

    monkeypatch.setattr(sampler, "decode", noted)
    chosen = Draw(**draw)
    asks = [AnswerRequest(record["prompt"], chosen.n) for record in PROMPTS]
    given = [each for each in sampler.generate(asks, chosen, 5) if not isinstance(each, Refusal)]
    sums_of_answers = sorted(answer.logprob or 0.0 for each in given for answer in each)
    tokenizer = load_tokenizer(Path(base), spec)
    model = load_policy(Path(base), spec, tokenizer).eval()
    encoder = Encoder(tokenizer)
    prompts = [encoder.prompt(record["prompt"]) for record in PROMPTS for _ in range(chosen.n)]
    sums = sorted(read_whole(model, prompt, one.tokens) for prompt, one in zip(prompts, said, strict=True))
    assert sums_of_answers == pytest.approx(sums, abs=1e-4)
    assert len(sums) == 5 * chosen.n


def test_records_have_the_sum_and_the_mean_of_a_token_only_where_that_is_asked_for(do: Run, base: str) -> None:
    asked = {"base": base, "max_tokens": 12, "draws": [{"name": "one", "n": 2}]}
    run, _ = do("sample", {"prompts": PROMPTS}, "with", logprobs=True, **asked)
    for line in read_records(run.output / "one.jsonl"):
        assert line["logprob"] < 0 and line["logprob_mean"] == pytest.approx(line["logprob"] / line["tokens"])
    without, _ = do("sample", {"prompts": PROMPTS}, "without", **asked)
    texts = [[line["response"] for line in read_records(one.output / "one.jsonl")] for one in (run, without)]
    assert texts[0] == texts[1]
    assert not any("logprob" in line for line in read_records(without.output / "one.jsonl"))
