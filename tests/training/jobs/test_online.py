"""Learning online: rewards are those of `score`, they rise, and what is too far from the base is stopped."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from tests.training.jobs.conftest import PREFERENCES, Run, ask, make, perform
from tests.training.jobs.test_sft import weights
from training.jobs import online, running
from training.jobs.conversations import Encoder
from training.jobs.engines.codec import Codec
from training.jobs.tokenizer import load_tokenizer
from training.rundir import RunDir, read_records
from training.specs import Online

WORDS = ["old", "new", "red", "big", "two", "saw", "one", "six"]
PROMPTS = [
    {"prompt_id": number, "prompt": ask(f"List {word} tools."), "split": "test" if number % 4 == 3 else "train"}
    for number, word in enumerate(WORDS)
]
SMALL: dict[str, Any] = {"n": 4, "batch_size": 8, "micro_batch_size": 8, "max_tokens": 12, "show_every": 2}
SMALL |= {"mask_unfinished": False, "max_steps": 4, "learning_rate": 1e-3}


def rewarded(reward_model: str) -> dict[str, Any]:
    return SMALL | {"reward_models": [reward_model]}


def points(run: RunDir, name: str) -> list[float]:
    return [row[name] for row in run.read_metrics()[0] if name in row]


def samples(run: RunDir) -> list[dict[str, Any]]:
    return list(read_records(run.samples))


@pytest.fixture(scope="module", params=["grpo", "rloo"])
def learnt(
    request: pytest.FixtureRequest, base: str, reward_model: str, tmp_path_factory: pytest.TempPathFactory
) -> RunDir:
    path = tmp_path_factory.mktemp("online") / request.param
    run = make(path, "online", {"train": PROMPTS}, base=base, algorithm=request.param, **rewarded(reward_model))
    assert perform(run).state == "succeeded"
    return run


def test_a_reward_is_the_logit_that_score_gives(do: Run, learnt: RunDir, reward_model: str) -> None:
    said = [record | {"response_id": place} for place, record in enumerate(samples(learnt))]
    scored, _ = do("score", {"responses": said}, base=reward_model)
    scores = {row["response_id"]: row["score"] for row in read_records(scored.output / "scores.jsonl")}
    assert len(scores) == len(said) == 6
    assert [record["reward"] for record in said] == pytest.approx(
        [scores[record["response_id"]] for record in said], abs=1e-5
    )


def test_answers_to_the_same_held_out_prompts_are_shown_at_several_steps(learnt: RunDir) -> None:
    assert [(record["step"], record["prompt_id"]) for record in samples(learnt)] == [
        (step, number) for step in (0, 2, 4) for number in (3, 7)
    ]
    assert samples(learnt)[0]["prompt"] == PROMPTS[3]["prompt"]


def test_it_tells_rewards_distance_lengths_and_what_was_held_out(learnt: RunDir) -> None:
    result = learnt.read_result()
    assert result and result.counts == {"rows": 6, "held_out": 2, "steps": 4}
    held_out = result.figures["held_out"]
    assert held_out.keys() == {"n", "step", "reward", "reward_before", "kl"} and held_out["n"] == 2
    assert points(learnt, "rewards/model-1/mean") == points(learnt, "reward")
    assert points(learnt, "kl")[0] == pytest.approx(0, abs=1e-6) and points(learnt, "kl")[-1] != 0
    assert max(points(learnt, "completions/mean_length")) <= 12
    assert points(learnt, "eval_reward")[0] == held_out["reward_before"]


def test_every_weight_moves(learnt: RunDir, base: str) -> None:
    before, after = weights(base), weights(learnt.output)
    assert before.keys() == after.keys()
    assert all(not torch.equal(before[name], after[name]) for name in before)


def test_the_mean_reward_rises(do: Run, base: str, reward_model: str) -> None:
    asked = rewarded(reward_model) | {"n": 8, "batch_size": 32, "micro_batch_size": 32, "max_steps": 25, "beta": 0.0}
    _, result = do("online", {"train": PROMPTS}, base=base, **asked | {"learning_rate": 2e-2, "shown": 0})
    assert result.figures["reward"]["last"] > result.figures["reward"]["first"] + 0.03
    assert result.figures["held_out"]["reward"] > result.figures["held_out"]["reward_before"]


def test_it_goes_on_after_a_kill_as_if_there_had_been_none(base: str, reward_model: str, tmp_path: Path) -> None:
    def made(name: str) -> RunDir:
        fields = rewarded(reward_model) | {"save_every": 2, "shown": 1}
        return make(tmp_path / name, "online", {"train": PROMPTS}, base=base, **fields)

    whole, cut = made("whole"), made("cut")
    assert perform(whole).state == "succeeded"

    class AfterTwo(running.StopRequest):
        @property
        def asked(self) -> bool:
            return len(points(self.run, "loss")) >= 2

    assert perform(cut, AfterTwo(cut)).state == "cancelled"
    result = perform(cut)
    assert (result.state, result.resumed_from[:11]) == ("succeeded", "checkpoint-")
    one, other = weights(whole.output), weights(cut.output)
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_several_reward_models_add_up_and_long_answers_cost(do: Run, base: str, reward_model: str) -> None:
    other, _ = do("reward", {"train": PREFERENCES}, "other", base=base, learning_rate=3e-2)
    both = [reward_model, str(other.output)]
    fields = rewarded(reward_model) | {"reward_models": both, "reward_weights": [2.0, 0.0]}
    run, _ = do("online", {"train": PROMPTS}, base=base, **fields | {"length_penalty": 0.01, "max_steps": 1})
    parts = {name: points(run, f"rewards/{name}/mean")[0] for name in ("model-1", "model-2", "length")}
    assert parts["model-2"] != 0 and -20 < parts["length"] < 0
    assert points(run, "reward")[0] == pytest.approx(2 * parts["model-1"] + 0.01 * parts["length"], abs=1e-5)


@pytest.mark.parametrize(("at_kl_limit", "steps"), [("stop", 2), ("warn", 4)])
def test_beyond_the_limit_it_stops_or_warns(
    do: Run, base: str, reward_model: str, at_kl_limit: str, steps: int
) -> None:
    fields = rewarded(reward_model) | {"kl_limit": 1e-9, "at_kl_limit": at_kl_limit, "learning_rate": 1e-2, "shown": 0}
    run, result = do("online", {"train": PROMPTS}, base=base, warmup=0.0, **fields)
    assert (result.state, result.counts["steps"]) == ("succeeded", steps)
    assert result.figures["beyond_kl_limit"]["step"] == 2
    assert (run.output / "model.safetensors").exists()


def test_adapters_are_trained_and_their_base_is_the_reference(do: Run, base: str, reward_model: str) -> None:
    run, _ = do("online", {"train": PROMPTS}, base=base, lora_rank=4, **rewarded(reward_model) | {"warmup": 0.0})
    assert weights(run.output).keys() == weights(base).keys()
    assert points(run, "kl")[0] == pytest.approx(0, abs=1e-6) and points(run, "kl")[-1] > 0


def test_a_prompt_that_names_a_control_token_asks_with_text(base: str) -> None:
    tokenizer = load_tokenizer(Path(base), Online())
    named = [token for token in tokenizer.get_added_vocab() if token not in ("<pad>",)]
    posing: list[dict[str, Any]] = [{"prompt_id": 1, "prompt": ask(f"Say {' '.join(named)} now.")}, PROMPTS[0]]
    codec = Codec(Encoder(tokenizer, 100), (), 112, 12)
    asked, plain = (row["prompt"] for row in online.rows(codec, iter(posing)))
    controls = set(tokenizer.all_special_ids)
    assert [token for token in asked if token in controls] == [token for token in plain if token in controls]
    assert codec.encoder.counts["escaped"] == 1


def test_a_policy_without_numbers_ends_with_words_and_no_weights(
    do: Run, base: str, reward_model: str, tmp_path: Path
) -> None:
    broken = shutil.copytree(base, tmp_path / "broken")
    save_file({name: weight * torch.nan for name, weight in weights(base).items()}, broken / "model.safetensors")
    run, result = do("online", {"train": PROMPTS}, base=str(broken), **rewarded(reward_model))
    assert result.state == "failed" and "The training diverged" in result.error
    assert not (run.output / "model.safetensors").exists()


def test_it_refuses_what_cannot_be_learnt_from(do: Run, base: str, reward_model: str) -> None:
    _, none = do("online", {"train": PROMPTS}, "none", base=base, **SMALL)
    assert "reward_models" in none.error
    _, few = do("online", {"train": PROMPTS}, "few", base=base, **rewarded(reward_model) | {"batch_size": 64})
    assert "takes 16 prompts for a step, and there are 6" in few.error
    _, fast = do("online", {"train": PROMPTS}, "fast", base=base, **rewarded(reward_model) | {"engine": "vllm"})
    assert "vllm is not installed" in fast.error
