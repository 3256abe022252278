"""The reward model against arithmetic, and the figures it is judged by."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from tests.training.jobs.conftest import PREFERENCES, Run
from tests.training.jobs.test_sft import weights
from training.jobs.checkpoints import load_reward_model
from training.jobs.conversations import Encoder
from training.jobs.reward import accuracy
from training.jobs.scoring import padded, score_ids
from training.jobs.tokenizer import load_tokenizer
from training.specs import Reward

TRAIN = [record for record in PREFERENCES if record["split"] == "train"]
WHOLE = {"batch_size": 12, "micro_batch_size": 12}


def gaps(directory: str) -> torch.Tensor:
    """Reward of the chosen minus reward of the rejected response, at the first step."""
    spec = Reward(precision="fp32", seed=7)
    tokenizer = load_tokenizer(Path(directory), spec)
    model = load_reward_model(Path(directory), spec, tokenizer)
    pairs = list(Encoder(tokenizer, 128).preferences(TRAIN))
    with torch.no_grad():
        chosen, rejected = (
            model(**padded([row.ids for row in rows], tokenizer.pad_token_id)).logits[:, 0]
            for rows in ([pair[1] for pair in pairs], [pair[2] for pair in pairs])
        )
    gap: torch.Tensor = chosen - rejected
    return gap


@pytest.mark.parametrize("margin", [False, True])
def test_the_loss_is_bradley_terry_by_hand(do: Run, base: str, margin: bool) -> None:
    run, _ = do("reward", {"train": PREFERENCES}, base=base, margin=margin, **WHOLE)
    asked = torch.tensor([record["margin"] for record in TRAIN]) if margin else 0.0
    loss = -torch.nn.functional.logsigmoid(gaps(base) - asked).mean()
    assert run.read_metrics()[0][0]["loss"] == pytest.approx(loss.item(), abs=1e-5)


def test_every_weight_moves(do: Run, base: str) -> None:
    run, _ = do("reward", {"train": PREFERENCES}, base=base)
    before, after = weights(base), weights(run.output)
    shared = before.keys() & after.keys()
    assert shared and all(not torch.equal(before[name], after[name]) for name in shared)
    assert "score.weight" in after


def test_the_held_out_split_is_not_trained_on_and_is_measured_by_grade(do: Run, base: str) -> None:
    _, result = do("reward", {"train": PREFERENCES}, base=base, epochs=8.0)
    held_out = result.figures["held_out"]
    assert (result.counts["rows"], result.counts["held_out"]) == (12, 4) and result.counts["steps"] == 8 * 3
    assert held_out["n"] == 4
    assert held_out["majority"] == max(held_out["longer"], 1 - held_out["longer"])
    assert sum(grade["n"] for grade in held_out["by_grade"].values()) == 4


class Flat:
    """A reward model that finds everything alike."""

    config = SimpleNamespace(pad_token_id=0)
    device = "cpu"

    def eval(self) -> None:
        return None

    def __call__(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> object:
        return SimpleNamespace(logits=torch.zeros(len(input_ids), 1))


def test_a_model_that_scores_all_alike_is_half_right() -> None:
    row = {"chosen_ids": [1, 2, 3], "rejected_ids": [1, 2], "grade": 2.0}
    assert accuracy(Flat(), [row, row])["accuracy"] == 0.5


def test_pairs_that_are_too_long_are_dropped_and_counted(do: Run, base: str) -> None:
    long = {**TRAIN[0], "chosen": "the old saw " * 60}
    _, result = do("reward", {"train": [*TRAIN, long]}, base=base)
    assert result.counts["dropped_long"] == 1 and result.counts["rows"] == len(TRAIN)


def test_padding_and_company_do_not_change_a_score(reward_model: str) -> None:
    spec = Reward(precision="fp32")
    tokenizer = load_tokenizer(Path(reward_model), spec)
    model = load_reward_model(Path(reward_model), spec, tokenizer)
    sequences = [tokenizer("the old saw " * number + "</s>")["input_ids"] for number in range(1, 7)]
    alone = [score_ids(model, [ids], 4096)[0] for ids in sequences]
    assert score_ids(model, sequences, 4096) == pytest.approx(alone, abs=1e-5)
    assert score_ids(model, sequences, 40) == pytest.approx(alone, abs=1e-5)
