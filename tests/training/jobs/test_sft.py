"""Supervised finetuning: what moves, by how much, and what is said about it."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.training.jobs.conftest import DEMONSTRATIONS, PREFERENCES, Run, ask
from training.jobs import trainers
from training.jobs.checkpoints import load_policy
from training.jobs.conversations import Encoder
from training.jobs.scoring import padded
from training.jobs.tokenizer import load_tokenizer
from training.specs import Sft


def weights(directory: Path | str) -> dict[str, torch.Tensor]:
    return load_file(Path(directory) / "model.safetensors")


def test_every_weight_moves_and_only_safetensors_are_written(do: Run, base: str) -> None:
    run, result = do("sft", {"train": DEMONSTRATIONS}, base=base)
    before, after = weights(base), weights(run.output)
    assert before.keys() == after.keys()
    assert all(not torch.equal(before[name], after[name]) for name in before)
    assert not [file for file in result.files if file.endswith((".bin", ".pt", ".pth", ".pkl"))]
    assert result.counts == {"rows": 16, "held_out": 0, "truncated": 0, "steps": 4}
    assert result.figures["parameters"] == sum(tensor.numel() for tensor in after.values())


def test_the_first_loss_is_the_one_computed_by_hand(do: Run, base: str) -> None:
    run, _ = do("sft", {"train": DEMONSTRATIONS}, base=base, batch_size=16, micro_batch_size=16)
    tokenizer = load_tokenizer(Path(base), Sft(template="own"))
    rows = list(Encoder(tokenizer, 128).demonstrations(DEMONSTRATIONS, every_answer=True))
    model = load_policy(Path(base), Sft(template="own", precision="fp32"), tokenizer)
    with torch.no_grad():
        logits = model(**padded([row["input_ids"] for row in rows], tokenizer.pad_token_id)).logits
    labels = padded([row["labels"] for row in rows], -100)["input_ids"]
    loss = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())
    assert run.read_metrics()[0][0]["loss"] == pytest.approx(loss.item(), abs=1e-5)


def test_a_seed_gives_the_same_weights_again_and_another_one_others(do: Run, base: str) -> None:
    first, again, other = (
        weights(do("sft", {"train": DEMONSTRATIONS}, name, base=base, seed=seed)[0].output)
        for name, seed in (("first", 1), ("again", 1), ("other", 2))
    )
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_the_chosen_responses_of_preferences_are_learnt_as_a_control(do: Run, base: str) -> None:
    split = [record | {"split": PREFERENCES[place]["split"]} for place, record in enumerate(DEMONSTRATIONS)]
    _, plain = do("sft", {"train": split}, "plain", base=base)
    _, control = do("sft", {"train": PREFERENCES}, "control", base=base)
    assert control.counts == plain.counts == {"rows": 12, "held_out": 4, "truncated": 0, "steps": 3}
    assert control.figures == plain.figures


def test_adapters_are_merged_into_a_plain_checkpoint(do: Run, base: str) -> None:
    run, _ = do("sft", {"train": DEMONSTRATIONS}, base=base, lora_rank=4)
    before, after = weights(base), weights(run.output)
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert before.keys() == after.keys()
    assert moved == {name for name in before if "_proj" in name}


def test_rows_of_like_length_may_share_a_batch(do: Run, base: str) -> None:
    assert do("sft", {"train": DEMONSTRATIONS}, base=base, group_by_length=True)[1].state == "succeeded"


def test_the_points_of_a_long_run_are_the_means_of_its_steps(
    do: Run, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def losses(name: str) -> dict[int, float]:
        logged = do("sft", {"train": DEMONSTRATIONS}, name, base=base, epochs=2.0)[0].read_metrics()[0]
        return {int(row["step"]): row["loss"] for row in logged if "loss" in row}

    each = losses("each")
    monkeypatch.setattr(trainers, "POINTS", 2)
    assert list(each) == list(range(1, 9))
    assert losses("few") == pytest.approx(
        {1: each[1], 4: sum(each[n] for n in (2, 3, 4)) / 3, 8: sum(each[n] for n in (5, 6, 7, 8)) / 4}, abs=1e-3
    )


def test_data_that_leaves_nothing_to_learn_fails_with_the_counts(do: Run, base: str) -> None:
    record = {"prompt_id": 1, "prompt": [*ask("a"), *ask("b")], "response": "c"}
    _, result = do("sft", {"train": [record]}, base=base)
    assert result.state == "failed"
    assert "dropped_roles" in result.error


def test_a_missing_checkpoint_is_named(do: Run, tmp_path: Path) -> None:
    _, result = do("sft", {"train": DEMONSTRATIONS}, base=str(tmp_path / "nowhere"))
    assert result.state == "failed"
    assert result.error.startswith("base: ") and "nowhere" in result.error
