"""`python -m tests.bench.programs HOW RUNDIR`: one side of a row of `tests.bench.training`, as JSON on the last line.

Each counts the processor seconds of this process from when its libraries are imported.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForSequenceClassification
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

from training.jobs import dpo, running, sample, sft
from training.jobs.engines import AnswerRequest, load_sampler
from training.jobs.scoring import padded, score_ids
from training.rundir import RunDir

IN_FILE_ORDER = 16
BATCH_TOKENS = 8192
WORK: dict[str, Any] = {"sft": sft.sft, "dpo": dpo.dpo, "sample": sample.sample}


def took(act: Callable[[], Any]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


def ours(run: RunDir) -> dict[str, float]:
    """The program itself, from its spec to the weights and the result."""
    return {"seconds": took(lambda: perform(run))}


def perform(run: RunDir) -> None:
    spec = run.spec
    assert running.perform(WORK[spec.kind], type(spec), run, running.StopRequest(run)) == "succeeded"


def bare(run: RunDir) -> dict[str, float]:
    """What TRL's own documentation shows: a dataset of messages, a trainer, and its weights saved."""
    return {"seconds": took(lambda: scripted(run))}


def scripted(run: RunDir) -> None:
    spec: Any = run.spec
    torch.set_num_threads(1)
    model = AutoModelForCausalLM.from_pretrained(spec.base, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(spec.base)
    common: dict[str, Any] = {
        "output_dir": str(run.path / "bare"),
        "max_steps": spec.max_steps,
        "per_device_train_batch_size": spec.micro_batch_size,
        "learning_rate": spec.learning_rate,
        "lr_scheduler_type": "cosine",
        "gradient_checkpointing": False,
        "bf16": False,
        "report_to": "none",
        "max_length": spec.max_length,
        "seed": spec.seed,
        "disable_tqdm": True,
    }
    records = list(run.read_data(spec.data["train"]))
    kind = {"sft": (SFTTrainer, SFTConfig, "completion"), "dpo": (DPOTrainer, DPOConfig, "chosen")}[spec.kind]
    trainer_class, configuration, answer = kind
    rows = [{"prompt": one["prompt"], answer: said(one["chosen"])} for one in records]
    if spec.kind == "dpo":
        rows = [row | {"rejected": said(one["rejected"])} for row, one in zip(rows, records, strict=True)]
    trainer = trainer_class(
        model=model,
        args=configuration(**common),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
    )
    trainer.train()
    trainer.save_model(str(run.path / "bare"))


def said(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


def scoring(_: RunDir) -> dict[str, float]:
    """A reward model's scores of texts whose lengths are spread as those of chats are."""
    torch.set_num_threads(1)
    torch.manual_seed(7)
    size = {"hidden_size": 96, "intermediate_size": 192, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = LlamaConfig(vocab_size=400, num_labels=1, pad_token_id=0, max_position_embeddings=2048, **size)
    model = LlamaForSequenceClassification(config).eval()
    lengths = torch.exp(torch.randn(600) * 0.9 + 4.2).long().clamp(8, 1500).tolist()
    sequences = [torch.randint(1, 400, (length,)).tolist() for length in lengths]

    def in_file_order() -> None:
        with torch.inference_mode():
            for start in range(0, len(sequences), IN_FILE_ORDER):
                model(**padded(sequences[start : start + IN_FILE_ORDER], 0))

    score_ids(model, sequences[:8], BATCH_TOKENS)
    return {"by": took(in_file_order), "ours": took(lambda: score_ids(model, sequences, BATCH_TOKENS))}


def sampling(run: RunDir) -> dict[str, float]:
    """Seconds for each 1,000 tokens: the program, its engine alone, and `generate` with each prompt 64 times."""
    spec: Any = run.spec
    draw = spec.draws[0]
    sampler: Any = load_sampler(spec, Path(spec.base))
    records = list(run.read_data(spec.data["prompts"]))
    asks = [AnswerRequest(record["prompt"], draw.n) for record in records]
    prompts = [sampler.codec.encoder.prompt(record["prompt"]) for record in records]
    tokens: dict[str, int] = {"raw": 0, "by": 0, "ours": 0}

    def raw() -> None:
        tokens["raw"] += sum(answer.tokens for found in sampler.generate(asks, draw, spec.seed) for answer in found)

    def duplicated() -> None:
        with torch.inference_mode():
            for ids in prompts:
                given = torch.tensor([ids] * draw.n)
                asked = {"attention_mask": torch.ones_like(given), "do_sample": True, "top_k": 0}
                found = sampler.model.generate(given, max_new_tokens=spec.max_tokens, **asked)[:, len(ids) :]
                tokens["by"] += int((found != sampler.pad).sum())

    def program() -> None:
        perform(run)
        for line in (run.output / f"{draw.name}.jsonl").read_text().splitlines():
            tokens["ours"] += json.loads(line)["tokens"]

    raw()
    tokens["raw"] = 0
    seconds = {"by": took(duplicated), "raw": took(raw), "ours": took(program)}
    return {name: 1000 * seconds[name] / tokens[name] for name in seconds}


if __name__ == "__main__":
    how = {"ours": ours, "bare": bare, "scoring": scoring, "sampling": sampling}[sys.argv[1]]
    found = how(RunDir(Path(sys.argv[2])))
    sys.stdout.write(f"\n{json.dumps(found)}\n")
