"""KTO against its paper by hand, on preferences and on scored responses."""

from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset

from tests.training.jobs.conftest import DEMONSTRATIONS, PREFERENCES, Run, make, perform
from tests.training.jobs.test_sft import weights
from tests.training.jobs.test_stopping import StopAfter
from training.jobs import kto
from training.jobs.checkpoints import load_policy
from training.jobs.conversations import Encoder
from training.jobs.tokenizer import load_tokenizer
from training.specs import Kto, SpecError, parse

TRAIN = [record for record in PREFERENCES if record["split"] == "train"]
WHOLE = {"batch_size": 24, "micro_batch_size": 24}
SCORED: list[dict[str, Any]] = [
    {**record, "response_id": number, "score": float(number % 4)} for number, record in enumerate(DEMONSTRATIONS)
]


def said(directory: str, rows: list[dict[str, Any]], answers: list[list[int]]) -> torch.Tensor:
    """Summed log-probabilities of an answer to the prompt of each row; shape (rows,)."""
    spec = Kto(precision="fp32")
    model = load_policy(Path(directory), spec, load_tokenizer(Path(directory), spec))
    found = []
    for row, answer in zip(rows, answers, strict=True):
        ids = torch.tensor([row["prompt_ids"] + answer])
        with torch.no_grad():
            each = torch.log_softmax(model(input_ids=ids).logits[0, :-1].double(), dim=-1)
        found.append(each.gather(-1, ids[0, 1:, None])[-len(answer) :].sum())
    return torch.stack(found)


def rows_of(base: str, records: list[dict[str, Any]], **fields: Any) -> tuple[list[dict[str, Any]], Encoder]:
    spec = Kto(template="own", **fields)
    encoder = Encoder(load_tokenizer(Path(base), spec), 128)
    return list(kto.rows(encoder, iter(records), spec)), encoder


def test_the_loss_is_the_one_of_the_paper(do: Run, base: str) -> None:
    other, _ = do("sft", {"train": PREFERENCES}, "other", base=base)
    asked: dict[str, Any] = {"beta": 0.3, "desirable_weight": 1.5, "undesirable_weight": 0.5}
    given = {"base": str(other.output), "reference": base, "data_seed": 5, **WHOLE, **asked}
    run, result = do("kto", {"train": PREFERENCES}, **given)
    rows = list(Dataset.from_list(rows_of(base, TRAIN)[0]).shuffle(seed=5))
    matched = [row["completion_ids"] for row in rows]
    gain, drift = (
        said(str(other.output), rows, answers) - said(base, rows, answers)
        for answers in (matched, [matched[-1], *matched[:-1]])
    )
    good = torch.tensor([row["label"] for row in rows])
    value = torch.sigmoid(0.3 * torch.where(good, gain - drift.mean().clamp(min=0), drift.mean().clamp(min=0) - gain))
    expected = (torch.where(good, 1.5, 0.5) * (1 - value)).mean().item()
    first = run.read_metrics()[0][0]
    assert first["loss"] == pytest.approx(expected, abs=1e-5)
    assert first["kl"] == pytest.approx(drift.mean().clamp(min=0).item(), abs=1e-4)
    assert first["logps/chosen"] == pytest.approx(said(str(other.output), rows, matched)[good].mean().item(), abs=1e-3)
    assert (result.counts["rows"], result.counts["held_out"]) == (24, 8)


def test_a_prompt_with_its_neighbours_response_is_no_longer_than_any_row() -> None:
    rows = [{"prompt_ids": [1] * long, "completion_ids": [2] * (8 - long), "label": long > 4} for long in (7, 1)]
    collator = kto.collator(Kto(max_length=8), 0)
    batch = collator(rows) if collator else {}
    assert batch["KL_input_ids"].shape == (2, 8) and batch["KL_completion_mask"].sum(1).tolist() == [1, 1]


def test_a_batch_with_one_side_only_counts_for_that_side(do: Run, base: str) -> None:
    run, result = do(
        "kto", {"train": PREFERENCES}, base=base, epochs=3.0, micro_batch_size=2, loss="apo_zero_unpaired"
    )
    held_out, first = result.figures["held_out"], run.read_metrics()[0][0]
    logged = next(row for row in reversed(run.read_metrics()[0]) if "eval_loss" in row)
    assert held_out["n"] == 8 and first["kl"] == 0
    assert held_out["margin"] == pytest.approx(logged["eval_rewards/chosen"] - logged["eval_rewards/rejected"])
    records = [record for record in PREFERENCES if record["split"] == "test"]
    rows = [row for row in rows_of(base, records)[0] if row["label"]]
    answers = [row["completion_ids"] for row in rows]
    assert logged["eval_logps/chosen"] == pytest.approx(said(str(run.output), rows, answers).mean().item(), abs=1e-3)
    assert all(not torch.equal(weight, weights(run.output)[name]) for name, weight in weights(base).items())


@pytest.mark.parametrize("more", [{}, {"precompute_reference": True}, {"lora_rank": 4}], ids=str)
def test_a_cancelled_run_goes_on_where_it_was(do: Run, base: str, tmp_path: Path, more: dict[str, Any]) -> None:
    data, given = {"train": SCORED}, {"base": base, "good_from": 2.0, "bad_below": 1.0, "epochs": 2.0, **more}
    whole, result = do("kto", data, "whole", **given)
    run = make(tmp_path / "cut", "kto", data, **given)
    assert perform(run, StopAfter(run)).state == "cancelled"
    assert perform(run).resumed_from == "checkpoint-3"
    assert (result.counts["rows"], result.counts["dropped_between"]) == (12, 4)
    after, uninterrupted = weights(run.output), weights(whole.output)
    assert all(torch.allclose(after[name], uninterrupted[name], atol=1e-5) for name in after)


def test_a_response_is_good_or_bad_by_its_score(base: str) -> None:
    unscored = [{**DEMONSTRATIONS[0], "response_id": 99, "score": None}]
    rows, encoder = rows_of(base, SCORED[:4] + unscored, good_from=3.0, bad_below=1.0)
    assert [row["label"] for row in rows] == [False, True]
    assert (encoder.counts["dropped_between"], encoder.counts["dropped_unscored"]) == (2, 1)
    assert [left.says for left in encoder.left_out][0] == "its score, 1, is neither good nor bad"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"good_from": 9.0, "bad_below": 9.0}, "good_from: no response is good"),
        ({"good_from": -1.0, "bad_below": -1.0}, "bad_below: no"),
    ],
)
def test_responses_of_one_side_only_are_refused(do: Run, base: str, fields: dict[str, Any], problem: str) -> None:
    _, result = do("kto", {"train": SCORED}, base=base, **fields)
    assert result.state == "failed" and result.error.startswith(problem)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"bad_below": 1.0}, "bad_below"),
        ({"micro_batch_size": 1}, "micro_batch_size"),
        ({"group_by_length": True}, "group_by_length"),
        ({"desirable_weight": 0.0}, "desirable_weight"),
        ({"sync_every": 2, "lora_rank": 4}, "sync_every"),
    ],
)
def test_settings_that_cannot_hold_are_refused_at_their_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse("kto", fields)
    assert caught.value.field == field
    assert parse("kto", {"micro_batch_size": 1, "loss": "apo_zero_unpaired"}).kind == "kto"
