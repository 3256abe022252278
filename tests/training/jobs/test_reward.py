"""The reward model against arithmetic, and the figures it is judged by."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.nn.functional import logsigmoid

from tests.training.jobs.conftest import PREFERENCES, Run, make, perform
from tests.training.jobs.test_sft import weights
from training.jobs.checkpoints import load_reward_model
from training.jobs.conversations import Encoder
from training.jobs.judged_pairs import rows
from training.jobs.reward import accuracy
from training.jobs.reward_accuracy import calibration_error
from training.jobs.scoring import padded, score_ids
from training.jobs.tokenizer import load_tokenizer
from training.specs import Reward
from training.specs.reward import TooLong

VOTES = [{"agreement": agreement, "votes": 3} for agreement in (0.6, 0.75, 1.0)]
TRAIN = [
    record | VOTES[place % 3]
    for place, record in enumerate(record for record in PREFERENCES if record["split"] == "train")
]
GRADES = torch.tensor([record["margin"] for record in TRAIN])
VOTED = torch.tensor([record["agreement"] for record in TRAIN])
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


RULES: list[tuple[dict[str, Any], Callable[[torch.Tensor], torch.Tensor]]] = [
    ({}, lambda gap: logsigmoid(gap)),
    ({"margin": "grade"}, lambda gap: logsigmoid(gap - GRADES)),
    ({"margin": "fixed", "margin_scale": 0.5}, lambda gap: logsigmoid(gap - 0.5)),
    ({"margin": "agreement", "margin_scale": 2.0}, lambda gap: logsigmoid(gap - 2 * (2 * VOTED - 1))),
    ({"labels": "soft"}, lambda gap: VOTED * logsigmoid(gap) + (1 - VOTED) * logsigmoid(-gap)),
    ({"weights": "grade"}, lambda gap: GRADES / GRADES.mean() * logsigmoid(gap)),
    ({"weights": "votes", "labels": "soft"}, lambda gap: VOTED * logsigmoid(gap) + (1 - VOTED) * logsigmoid(-gap)),
]


@pytest.mark.parametrize(("chosen", "by_hand"), RULES)
def test_the_loss_is_bradley_terry_by_hand(
    base: str, tmp_path: Path, chosen: dict[str, Any], by_hand: Callable[[torch.Tensor], torch.Tensor]
) -> None:
    """The first loss, before any weight has moved."""
    run = make(tmp_path / "run", "reward", {"train": TRAIN}, base=base, max_steps=1, **WHOLE, **chosen)
    assert perform(run).state == "succeeded"
    loss = -by_hand(gaps(base)).mean()
    assert run.read_metrics()[0][0]["loss"] == pytest.approx(loss.item(), abs=1e-5)


def test_every_weight_moves(do: Run, base: str) -> None:
    run, _ = do("reward", {"train": PREFERENCES}, base=base)
    before, after = weights(base), weights(run.output)
    shared = before.keys() & after.keys()
    assert shared and all(not torch.equal(before[name], after[name]) for name in shared)
    assert "score.weight" in after


def test_the_held_out_split_is_not_trained_on_and_is_measured_by_its_parts(do: Run, base: str) -> None:
    parts = {"category": "tools", "language": "en", "agreement": 0.75}
    run, result = do("reward", {"train": [row | parts for row in PREFERENCES]}, base=base, epochs=8.0, eval_every=12)
    held_out = result.figures["held_out"]
    assert (result.counts["rows"], result.counts["held_out"]) == (12, 4) and result.counts["steps"] == 8 * 3
    assert held_out["n"] == 4
    assert held_out["majority"] == max(held_out["longer"], 1 - held_out["longer"])
    for part in ("by_grade", "by_domain", "by_language", "by_length"):
        assert sum(each["n"] for each in held_out[part].values()) == 4
    assert held_out["by_domain"].keys() == {"tools"} and held_out["by_language"].keys() == {"en"}
    assert sum(each["n"] for each in held_out["calibration"]) == 4
    curves = [logged for logged in run.read_metrics()[0] if "eval_calibration_error" in logged]
    assert [logged["step"] for logged in curves] == [12, 24]
    error = calibration_error(held_out["calibration"])
    assert curves[-1]["eval_calibration_error"] == pytest.approx(error, abs=1e-5)
    by_grade = {name: each["accuracy"] for name, each in held_out["by_grade"].items()}
    assert {grade: curves[-1][f"eval_accuracy_grade_{grade}"] for grade in by_grade} == by_grade


PARTS = {"domain": "code", "language": "", "longer_by": 1.5}


class Flat:
    """A reward model that finds everything alike."""

    config = SimpleNamespace(pad_token_id=0)
    device = "cpu"

    def eval(self) -> None:
        return None

    def __call__(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> object:
        return SimpleNamespace(logits=torch.zeros(len(input_ids), 1))


def test_a_model_that_scores_all_alike_is_half_right() -> None:
    row = {"chosen_ids": [1, 2, 3], "rejected_ids": [1, 2], "grade": 2.0, "agreement": 0.8} | PARTS
    found = accuracy(Flat(), [row, row])
    assert found["accuracy"] == 0.5 and found["calibration"] == [{"n": 2, "predicted": 0.5, "voted": 0.5}]


def test_pairs_that_are_too_long_are_dropped_and_counted(do: Run, base: str) -> None:
    long = {**TRAIN[0], "chosen": "the old saw " * 60}
    _, result = do("reward", {"train": [*TRAIN, long]}, base=base)
    assert result.counts["dropped_long"] == 1 and result.counts["rows"] == len(TRAIN)


@pytest.mark.parametrize("policy", ["cut_left", "cut_response"])
def test_a_pair_that_is_too_long_can_be_cut(base: str, policy: TooLong) -> None:
    tokenizer = load_tokenizer(Path(base), Reward(template="own"))
    long = TRAIN[0] | {"prompt": [{"role": "user", "content": "List old tools. " * 9}], "chosen": "the saw " * 4}
    long |= {"chosen": "the saw " * 40} if policy == "cut_response" else {}
    [whole] = rows(Encoder(tokenizer, 1000), iter([long]), Reward())
    encoder = Encoder(tokenizer, whole["length"] - 9)
    [row] = rows(encoder, iter([long]), Reward(too_long=policy))
    assert len(row["chosen_ids"]) == encoder.max_length and encoder.counts == {policy: 1}
    assert row["chosen_ids"][-1] == whole["chosen_ids"][-1] == tokenizer.eos_token_id
    if policy == "cut_left":
        assert row["chosen_ids"] == whole["chosen_ids"][9:] and row["rejected_ids"] == whole["rejected_ids"][9:]
    else:
        assert row["rejected_ids"] == whole["rejected_ids"]
        assert row["chosen_ids"][:-1] == whole["chosen_ids"][: encoder.max_length - 1]


@pytest.mark.parametrize("policy", ["drop", "cut_left", "cut_response"])
def test_a_pair_of_which_nothing_would_be_left_is_left_out(base: str, policy: TooLong) -> None:
    tokenizer = load_tokenizer(Path(base), Reward(template="own"))
    asked = [{"role": "user", "content": "List old tools. " * (9 if policy == "cut_response" else 1)}]
    long = TRAIN[0] | {"prompt": asked, "chosen": "the saw " * 40, "rejected": "a saw " * 40}
    encoder = Encoder(tokenizer, 30)
    assert not list(rows(encoder, iter([long]), Reward(too_long=policy))) and encoder.counts == {"dropped_long": 1}


def test_rules_ask_for_data_that_has_what_they_read(do: Run, base: str) -> None:
    flat = [record | {"margin": 0.0, "agreement": 1.0} for record in TRAIN]
    for setting, chosen in (("margin", "grade"), ("weights", "grade"), ("labels", "soft")):
        _, result = do("reward", {"train": flat}, name=setting, base=base, **{setting: chosen})
        assert result.state == "failed" and result.error.startswith(f"{setting}: ")


def test_padding_and_company_do_not_change_a_score(reward_model: str) -> None:
    spec = Reward(precision="fp32")
    tokenizer = load_tokenizer(Path(reward_model), spec)
    model = load_reward_model(Path(reward_model), spec, tokenizer)
    sequences = [tokenizer("the old saw " * number + "</s>")["input_ids"] for number in range(1, 7)]
    alone = [score_ids(model, [ids], 4096)[0] for ids in sequences]
    assert score_ids(model, sequences, 4096) == pytest.approx(alone, abs=1e-5)
    assert score_ids(model, sequences, 40) == pytest.approx(alone, abs=1e-5)
