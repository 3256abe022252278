"""Ways to finetune: how rows lie in batches, what turns count, plain text, longer context, where new tokens begin."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy
from transformers import AutoConfig, AutoModelForCausalLM

from tests.training.jobs.conftest import DEMONSTRATIONS, Run, ask
from tests.training.jobs.tiny_models import publish
from training.jobs import learnt_rows
from training.jobs.adapters import new_tokens
from training.jobs.checkpoints import load_policy
from training.jobs.context_length import context_length
from training.jobs.conversations import IGNORED, Encoder
from training.jobs.longer_context import scaled
from training.jobs.new_rows import begin_as
from training.jobs.sft_loss import refuse_leaks
from training.jobs.tokenizer import load_tokenizer
from training.rundir import RunDir
from training.specs import Sft, SpecError

PLAIN = Sft(template="own", precision="fp32")
# Rows of different lengths, so that padding is there to be left out.
UNEVEN = [
    record | {"response": " ".join([str(record["response"])] * (1 + place % 3))}
    for place, record in enumerate(DEMONSTRATIONS)
]


def losses(run: RunDir) -> list[float]:
    return [row["loss"] for row in run.read_metrics()[0] if "loss" in row]


def test_batches_without_padding_learn_the_same(do: Run, base: str) -> None:
    """Also held-out rows are measured alike."""
    data = {"train": [*UNEVEN, *(row | {"split": "test"} for row in UNEVEN[:5])]}
    padded, free = (do("sft", data, ways, base=base, batches=ways) for ways in ("padded", "padding_free"))
    assert losses(free[0]) == pytest.approx(losses(padded[0]), abs=1e-4) and len(losses(free[0])) == 4
    held_out = [result.figures["held_out"]["loss"] for _, result in (padded, free)]
    assert held_out[0] == pytest.approx(held_out[1], abs=1e-4)


def test_rows_packed_together_do_not_see_each_other(do: Run, base: str) -> None:
    """All rows in one step: its loss is that of the padded ones."""
    data = {"train": UNEVEN}
    packed, result = do("sft", data, "packed", base=base, batches="packed", batch_size=16, micro_batch_size=16)
    padded, _ = do("sft", data, "padded", base=base, batch_size=16, micro_batch_size=16)
    assert result.state == "succeeded" and losses(packed) == pytest.approx(losses(padded), abs=1e-4)


@pytest.mark.parametrize("architecture", ["llama", "qwen3", "mistral", "gemma2", "phi3", "gpt_neox", "gpt2"])
def test_published_architectures_keep_rows_apart(tmp_path: Path, architecture: str) -> None:
    refuse_leaks(AutoModelForCausalLM.from_pretrained(publish(tmp_path, architecture)))


def test_a_model_that_reads_over_the_border_of_rows_is_refused() -> None:
    config = AutoConfig.for_model("bloom", vocab_size=64, hidden_size=32, n_layer=2, n_head=2)
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    with pytest.raises(SpecError, match="batches: this model's attention reads over the border"):
        refuse_leaks(model)


TALK = [*ask("List old tools."), {"role": "assistant", "content": "the saw."}, *ask("More?")]
TURNS: list[dict[str, Any]] = [
    {"prompt_id": 1, "prompt": TALK, "response": "the big rope.", "weight": [0.5, 2.0]},
    {"prompt_id": 2, "prompt": TALK, "response": "the red rope and the saw.", "weight": 3},
    {"prompt_id": 3, "prompt": ask("List new tools."), "response": "the new saw."},
    {"prompt_id": 4, "prompt": TALK, "response": "the two ropes.", "weight": [0, 1.0]},
]


def test_turns_count_by_their_weights(do: Run, base: str) -> None:
    run, _ = do("sft", {"train": TURNS}, base=base, loss_on="weighted", micro_batch_size=2)
    tokenizer = load_tokenizer(Path(base), PLAIN)
    model = load_policy(Path(base), PLAIN, tokenizer)
    encoder, total, count = Encoder(tokenizer, 128), 0.0, 0.0
    weights = [[0.5, 2.0], [3.0, 3.0], [1.0], [0.0, 1.0]]
    for record, of_answers in zip(TURNS, weights, strict=True):
        row = encoder.conversation([*record["prompt"], {"role": "assistant", "content": record["response"]}])
        with torch.no_grad():
            each = cross_entropy(
                model(torch.tensor([row.ids])).logits[0, :-1], torch.tensor(row.ids[1:]), reduction="none"
            )
        for places, weight in zip(row.answers, of_answers, strict=True):
            total += weight * each[places.start - 1 : places.stop - 1].sum().item()
            count += weight * len(places)
    assert losses(run)[0] == pytest.approx(total / count, abs=1e-5)


def test_an_answer_of_weight_0_is_read_and_not_learnt_and_wrong_weights_are_named(base: str) -> None:
    encoder = Encoder(load_tokenizer(Path(base), PLAIN), 128)
    bad = [TURNS[0] | {"weight": given} for given in ([1.0], [1.0, -1.0])]
    [row] = learnt_rows.weighted(encoder, [TURNS[3], *bad])
    assert encoder.tokenizer.decode([id for id in row["labels"] if id != IGNORED]).strip() == "the two ropes.</s>"
    assert encoder.counts["dropped_weights"] == 2


def test_documents_are_learnt_whole_in_windows(do: Run, base: str) -> None:
    text = "the old saw </s> and the big rope. " * 30
    data = [{"prompt_id": at, "prompt": ask("A title"), "response": text} for at in range(2)]
    run, result = do("sft", {"train": data}, base=base, loss_on="text", max_length=64)
    tokenizer = load_tokenizer(Path(base), PLAIN)
    rows = list(learnt_rows.documents(tokenizer, data[:1], 64, result.counts))
    ids = [id for row in rows for id in row["input_ids"]]
    assert [len(row["labels"]) for row in rows[:-1]] == [64] * (len(rows) - 1) and rows[0]["labels"] == ids[:64]
    assert tokenizer.decode(ids) == f"<s>{text}</s>"
    assert ids.count(tokenizer.eos_token_id) == 1 and ids[-1] == tokenizer.eos_token_id
    assert result.state == "succeeded" and losses(run)


def test_noise_on_embeddings_changes_what_is_learnt_and_not_what_is_measured(do: Run, base: str) -> None:
    data = {"train": [*DEMONSTRATIONS, *(row | {"split": "test"} for row in DEMONSTRATIONS[:4])]}
    settings: dict[str, Any] = {"base": base, "learning_rate": 1e-12, "max_steps": 1}
    plain, noisy = (do("sft", data, f"noise{noise}", neftune=noise, **settings) for noise in (0.0, 500.0))
    assert abs(losses(plain[0])[0] - losses(noisy[0])[0]) > 1e-3
    assert noisy[1].figures["held_out"]["loss"] == pytest.approx(plain[1].figures["held_out"]["loss"], abs=1e-5)


@pytest.mark.parametrize("rope", ["linear", "dynamic", "yarn", "llama3"])
def test_longer_context_is_written_to_the_checkpoint(do: Run, base: str, rope: str) -> None:
    long = [record | {"response": "the old saw and the big rope. " * 30} for record in DEMONSTRATIONS[:4]]
    settings: dict[str, Any] = {"rope": rope, "rope_factor": 4.0, "max_length": 400, "max_steps": 1}
    run, result = do("sft", {"train": long}, base=base, **settings)
    assert result.state == "succeeded", result.error
    config = json.loads((run.output / "config.json").read_text())
    assert context_length(AutoConfig.from_pretrained(run.output)) == 4 * 256
    # vLLM multiplies what the config names: the positions of YaRN before it, and Llama 3's not at all.
    assert config["max_position_embeddings"] == (256 if rope in ("linear", "dynamic") else 4 * 256)
    assert (config["rope_parameters"]["rope_type"], config["rope_parameters"]["factor"]) == (rope, 4.0)
    with pytest.raises(SpecError, match="scaled already"):
        scaled(run.output, Sft(rope="yarn", rope_factor=2.0))
    if rope == "linear":
        ids = torch.arange(20)[None] % 256
        whole, spread = (AutoModelForCausalLM.from_pretrained(folder) for folder in (base, run.output))
        spread.load_state_dict(whole.state_dict())
        with torch.no_grad():
            quarters = whole(ids, position_ids=torch.arange(20)[None] / 4).logits
            assert torch.allclose(spread(ids).logits, quarters, atol=1e-4)


def test_positions_that_are_not_rotary_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="rope: positions of gpt2 are not rotary"):
        scaled(publish(tmp_path, "gpt2"), Sft(rope="linear", rope_factor=2.0))


def test_a_new_token_begins_as_another(tmp_path: Path) -> None:
    base = publish(tmp_path)
    spec = Sft(template="chatml", precision="fp32")
    tokenizer = load_tokenizer(base, spec)
    model, added = load_policy(base, spec, tokenizer), new_tokens(base, spec, tokenizer)
    begin_as(model, tokenizer, added, "<eos>")
    for module in (model.get_input_embeddings(), model.get_output_embeddings()):
        assert len(added) == 2 and all(torch.equal(module.weight[id], module.weight[2]) for id in added)
    with pytest.raises(SpecError, match="no token '<none>'"):
        begin_as(model, tokenizer, added, "<none>")
