"""Rows of the split `test`: no trainer learns them, each measures on them, and the best weights hang on it."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.jobs.conftest import DEMONSTRATIONS, PREFERENCES, Run, make, perform
from tests.training.jobs.test_dpo import TEST, TRAIN, log_probabilities
from tests.training.jobs.test_sft import weights
from training.jobs.checkpoints import load_policy
from training.jobs.conversations import Encoder
from training.jobs.scoring import padded
from training.jobs.tokenizer import load_tokenizer
from training.rundir import RunDir
from training.specs import Sft


def curve(run: RunDir, name: str) -> list[tuple[float, float]]:
    return [(row["step"], row[name]) for row in run.read_metrics()[0] if name in row]


@pytest.mark.parametrize("kind", ["sft", "dpo", "reward"])
def test_no_trainer_learns_the_rows_of_the_test_split(do: Run, base: str, kind: str) -> None:
    """Whatever stands in them, the weights are those of a training without them."""
    other = [record | {"chosen": "rope rope rope."} for record in TEST]
    first, alone, changed = (
        weights(do(kind, {"train": records}, name, base=base)[0].output)
        for name, records in (("first", PREFERENCES), ("alone", TRAIN), ("changed", [*other, *TRAIN]))
    )
    assert all(torch.equal(first[name], alone[name]) for name in first)
    assert all(torch.equal(first[name], changed[name]) for name in first)


def test_the_held_out_loss_of_sft_is_the_one_computed_by_hand(do: Run, base: str) -> None:
    """Five rows, of which the last batch holds one."""
    test = [record | {"split": "test"} for record in DEMONSTRATIONS[:5]]
    run, result = do("sft", {"train": [*DEMONSTRATIONS[5:], *test]}, base=base, micro_batch_size=1)
    tokenizer = load_tokenizer(Path(base), Sft(template="own"))
    model = load_policy(run.output, Sft(template="own", precision="fp32"), tokenizer)
    losses = []
    for row in Encoder(tokenizer, 128).demonstrations(test, every_answer=True):
        with torch.no_grad():
            logits = model(**padded([row["input_ids"]], tokenizer.pad_token_id)).logits[0, :-1]
        losses.append(torch.nn.functional.cross_entropy(logits, torch.tensor(row["labels"][1:])).item())
    assert result.figures["held_out"]["loss"] == pytest.approx(sum(losses) / 5, abs=1e-5)
    assert curve(run, "eval_loss") == [(result.counts["steps"], result.figures["held_out"]["loss"])]


def test_the_held_out_margin_of_dpo_is_the_one_computed_by_hand(do: Run, base: str) -> None:
    test = [*TEST, TRAIN[0] | {"split": "test"}]
    run, result = do("dpo", {"train": [*TRAIN[1:], *test]}, base=base, micro_batch_size=2, epochs=2.0)
    chosen, rejected = (
        log_probabilities(str(run.output), side, test) - log_probabilities(base, side, test)
        for side in ("chosen", "rejected")
    )
    held_out = result.figures["held_out"]
    assert held_out["n"] == 5
    assert held_out["margin"] == pytest.approx(0.1 * (chosen - rejected).mean().item(), abs=1e-5)
    assert held_out["accuracy"] == pytest.approx((chosen > rejected).double().mean().item())


OVERFITTED: dict[str, Any] = {"eval_every": 2, "epochs": 40.0, "learning_rate": 5e-2}
# Answers that what is learnt makes less likely.
OPPOSED = [record | {"response": "zzz", "split": "test"} for record in DEMONSTRATIONS[:4]]


@pytest.fixture(scope="module")
def best(base: str, tmp_path_factory: pytest.TempPathFactory) -> RunDir:
    settings = OVERFITTED | {"keep": "best", "patience": 3}
    run = make(
        tmp_path_factory.mktemp("best") / "run", "sft", {"train": [*DEMONSTRATIONS, *OPPOSED]}, base=base, **settings
    )
    assert perform(run).state == "succeeded"
    return run


def test_the_weights_of_the_lowest_held_out_loss_are_kept(best: RunDir, do: Run) -> None:
    result, losses = best.read_result(), curve(best, "eval_loss")
    assert result
    assert (result.figures["held_out"]["step"], result.figures["held_out"]["loss"]) == min(
        losses, key=lambda at: at[1]
    )
    _, again = do(
        "sft", {"train": [*DEMONSTRATIONS, *OPPOSED]}, base=str(best.output), learning_rate=1e-12, max_steps=1
    )
    assert again.figures["held_out"]["loss"] == pytest.approx(result.figures["held_out"]["loss"], abs=1e-4)


def test_training_ends_when_the_loss_has_not_fallen_for_as_long_as_was_asked(best: RunDir) -> None:
    result, losses = best.read_result(), curve(best, "eval_loss")
    assert result and result.counts["steps"] < 160
    lowest = min(range(len(losses)), key=lambda place: losses[place][1])
    assert len(losses) - 1 - lowest == 3 and losses[-1][0] == result.counts["steps"]


def test_measurements_on_the_way_need_held_out_rows(do: Run, base: str) -> None:
    _, result = do("sft", {"train": DEMONSTRATIONS}, base=base, eval_every=2)
    assert result.state == "failed" and result.error.startswith("eval_every: the data holds no row of the split test")


def test_a_training_that_diverges_fails_with_words_and_leaves_no_weights(do: Run, base: str) -> None:
    """discopop holds an exponential that a loose policy makes infinite."""
    wild = {"losses": ["discopop"], "beta": 100.0, "learning_rate": 1.0, "epochs": 9.0, "warmup": 0.0, "save_every": 1}
    run, result = do("dpo", {"train": PREFERENCES}, base=base, **wild)
    assert result.state == "failed", json.dumps(result.figures)
    assert result.error.startswith("The training diverged: the ") and "Lower learning_rate (1)" in result.error
    kept = run.newest_checkpoint()
    assert kept and f"checkpoints/{kept.name}" in result.error
    assert all(tensor.isfinite().all() for tensor in weights(kept).values())
    assert not list(run.output.glob("*.safetensors"))
