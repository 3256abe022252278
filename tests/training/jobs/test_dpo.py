"""DPO against arithmetic, and its control."""

from math import log
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.jobs.conftest import PREFERENCES, Run
from tests.training.jobs.test_sft import weights
from training.jobs import dpo
from training.jobs.checkpoints import load_policy
from training.jobs.conversations import Encoder
from training.jobs.scoring import padded
from training.jobs.tokenizer import load_tokenizer
from training.specs import Dpo

TRAIN = [record for record in PREFERENCES if record["split"] == "train"]
TEST = [record for record in PREFERENCES if record["split"] == "test"]
WHOLE = {"batch_size": 12, "micro_batch_size": 12}


def log_probabilities(directory: str, side: str, records: list[dict[str, Any]] = TRAIN) -> torch.Tensor:
    """Summed over each response's tokens; shape (pairs,)."""
    spec = Dpo(precision="fp32")
    tokenizer = load_tokenizer(Path(directory), spec)
    pairs = list(Encoder(tokenizer, 128).preferences(records))
    rows = [chosen if side == "chosen" else rejected for _, chosen, rejected in pairs]
    inputs = padded([row.ids for row in rows], tokenizer.pad_token_id)
    with torch.no_grad():
        model = load_policy(Path(directory), spec, tokenizer)
        each = torch.log_softmax(model(**inputs).logits[:, :-1].double(), dim=-1)
    said = each.gather(-1, inputs["input_ids"][:, 1:, None])[..., 0]
    answer = torch.tensor([[row.prompt <= at + 1 < len(row.ids) for at in range(said.shape[1])] for row in rows])
    return (said * answer).sum(-1)


def first_metrics(run: Any) -> dict[str, float]:
    metrics: dict[str, float] = run.read_metrics()[0][0]
    return metrics


def test_the_loss_is_the_one_computed_by_hand(do: Run, base: str) -> None:
    other, _ = do("sft", {"train": PREFERENCES}, "other", base=base)
    run, _ = do("dpo", {"train": PREFERENCES}, base=str(other.output), reference=base, beta=0.3, **WHOLE)
    gain = {
        side: log_probabilities(str(other.output), side) - log_probabilities(base, side)
        for side in ("chosen", "rejected")
    }
    loss = -torch.nn.functional.logsigmoid(0.3 * (gain["chosen"] - gain["rejected"])).mean()
    assert first_metrics(run)["loss"] == pytest.approx(loss.item(), abs=1e-5)


def test_chosen_and_rejected_log_probabilities_are_told_apart(do: Run, base: str) -> None:
    run, _ = do("dpo", {"train": PREFERENCES}, base=base, **WHOLE)
    for side in ("chosen", "rejected"):
        expected = log_probabilities(base, side).mean().item()
        assert first_metrics(run)[f"logps/{side}"] == pytest.approx(expected, abs=1e-3)


def test_what_a_template_writes_behind_an_answer_is_not_weighed(base: str) -> None:
    encoder = Encoder(load_tokenizer(Path(base), Dpo(template="chatml")), 128)
    [row] = dpo.rows(encoder, iter(TRAIN[:1]))
    for side in ("chosen", "rejected"):
        assert encoder.tokenizer.decode(row[f"{side}_ids"]) == f"{TRAIN[0][side]}<|im_end|>"


def test_losses_are_added_by_their_weights(do: Run, base: str) -> None:
    both = {"losses": ["sigmoid", "sft"], "loss_weights": [1.0, 0.5]}
    plain, _ = do("dpo", {"train": PREFERENCES}, "plain", base=base, **WHOLE)
    only, _ = do("dpo", {"train": PREFERENCES}, "only", base=base, losses=["sft"], **WHOLE)
    mixed, _ = do("dpo", {"train": PREFERENCES}, "mixed", base=base, **both, **WHOLE)
    expected = first_metrics(plain)["loss"] + 0.5 * first_metrics(only)["loss"]
    assert first_metrics(mixed)["loss"] == pytest.approx(expected, abs=1e-5)


def test_every_weight_moves_and_the_margin_grows(do: Run, base: str) -> None:
    run, result = do("dpo", {"train": PREFERENCES}, base=base, epochs=4.0)
    before, after = weights(base), weights(run.output)
    assert all(not torch.equal(before[name], after[name]) for name in before)
    metrics, _ = run.read_metrics()
    assert metrics[-2]["rewards/margins"] > metrics[0]["rewards/margins"]
    assert result.figures["held_out"]["n"] == 4


def test_a_reference_whose_log_probabilities_were_computed_before_changes_nothing(do: Run, base: str) -> None:
    plain, _ = do("dpo", {"train": PREFERENCES}, "plain", base=base)
    before, _ = do("dpo", {"train": PREFERENCES}, "before", base=base, precompute_reference=True)
    expected = [row["loss"] for row in plain.read_metrics()[0] if "loss" in row]
    assert [row["loss"] for row in before.read_metrics()[0] if "loss" in row] == pytest.approx(expected, abs=1e-5)


def test_a_reference_moves_to_the_policy_every_so_many_steps(do: Run, base: str) -> None:
    run, _ = do("dpo", {"train": PREFERENCES}, base=base, epochs=2.0, warmup=0.0, sync_every=2, sync_share=1.0)
    losses = [row["loss"] for row in run.read_metrics()[0] if "loss" in row]
    like = [loss == pytest.approx(log(2), abs=1e-5) for loss in losses]
    assert like == [True, False, True, False, True, False]


def test_a_loss_without_a_reference_trains_and_is_measured(do: Run, base: str) -> None:
    simpo = {"losses": ["sft", "simpo"], "loss_weights": [0.5, 1.0], "beta": 2.0}
    run, result = do("dpo", {"train": PREFERENCES}, base=base, epochs=4.0, **simpo)
    curve = [row for row in run.read_metrics()[0] if "loss" in row]
    assert curve[-1]["rewards/margins"] > curve[0]["rewards/margins"]
    assert result.figures["held_out"]["n"] == 4 and {"accuracy", "margin"} <= result.figures["held_out"].keys()
    assert curve[-1]["num_tokens"] > curve[0]["num_tokens"] > 0


def test_the_control_takes_as_many_steps_over_as_many_rows(do: Run, base: str) -> None:
    _, trained = do("dpo", {"train": PREFERENCES}, base=base)
    _, control = do("sft", {"train": PREFERENCES}, base=base)
    assert (trained.counts["rows"], trained.counts["steps"]) == (control.counts["rows"], control.counts["steps"])


def test_adapters_need_no_second_model(do: Run, base: str) -> None:
    run, _ = do("dpo", {"train": PREFERENCES}, base=base, lora_rank=4)
    assert weights(run.output).keys() == weights(base).keys()
