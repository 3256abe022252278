"""Supervised finetuning on answers: `python -m training.jobs.sft RUNDIR`.

Input `train`: demonstrations, or preferences of which the chosen response is learnt. The latter is DPO's matched
control: with the same seed, batch size and epochs it sees the same responses in the same batches for as many steps.
Records of the split `test` are held out, and their loss is measured. With `loss_on: text` each response is a document
that is learnt whole, without a template: continued pretraining.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from trl import SFTConfig

from training.jobs import learnt_rows, tokens
from training.jobs.adapters import adapter, new_tokens
from training.jobs.checkpoints import load_policy, set_threads
from training.jobs.conversations import Encoder
from training.jobs.longer_context import scaled
from training.jobs.new_rows import begin_as
from training.jobs.running import Job, main
from training.jobs.sft_loss import Trainer, WeightedCollator, WeightedTrainer, refuse_leaks
from training.jobs.shown_answers import show_answers
from training.jobs.tokenizer import load_tokenizer
from training.jobs.trainers import arguments, fit, save
from training.specs import Sft


def sft(job: Job[Sft]) -> None:
    spec, base = job.spec, job.checkpoint("base")
    set_threads(spec)
    configuration = SFTConfig(**arguments(job) | batches(spec), neftune_noise_alpha=spec.neftune or None)
    tokenizer = load_tokenizer(base, spec)
    rows = tokens.rows(job, encoding(job, tokenizer))
    added = new_tokens(base, spec, tokenizer)
    load = loader(base, spec, tokenizer, added)
    model = load()
    if spec.batches != "padded" and spec.sharding not in ("zero3", "fsdp"):
        refuse_leaks(model)
    is_weighted = spec.loss_on == "weighted"
    trainer = (WeightedTrainer if is_weighted else Trainer)(
        model=model,
        args=configuration,
        train_dataset=rows.train,
        eval_dataset=rows.held_out,
        processing_class=tokenizer,
        data_collator=WeightedCollator(tokenizer.pad_token_id) if is_weighted else None,
        peft_config=adapter(spec, "CAUSAL_LM", model, added),
    )
    if spec.shown:
        show_answers(job, trainer, Encoder(tokenizer, spec.max_length))
    fit(job, trainer)
    save(job, trainer, load)


def batches(spec: Sft) -> dict[str, Any]:
    """TRL packs rows of token ids up to `max_length`; what is measured is never packed."""
    if spec.batches == "packed":
        return {"packing": True, "eval_packing": False, "max_length": spec.max_length}
    return {"padding_free": spec.batches == "padding_free"}


def encoding(job: Job[Sft], tokenizer: Any) -> Callable[[Iterator[tokens.Record]], Iterable[tokens.Row]]:
    spec, counts = job.spec, job.found.counts
    if spec.loss_on == "text":
        return lambda records: learnt_rows.documents(tokenizer, records, spec.max_length, counts)
    encoder = Encoder(tokenizer, spec.max_length, counts)
    if spec.loss_on == "weighted":
        return lambda records: learnt_rows.weighted(encoder, records)
    return lambda records: encoder.demonstrations(records, spec.loss_on == "every_answer")


def loader(base: Path, spec: Sft, tokenizer: Any, added: list[int]) -> Callable[[], Any]:
    """Loads the base as training begins with it: with its longer context, and new tokens where they begin."""

    def load() -> Any:
        model = load_policy(base, spec, tokenizer, **scaled(base, spec))
        if spec.new_tokens_as and added:
            begin_as(model, tokenizer, added, spec.new_tokens_as)
        return model

    return load


if __name__ == "__main__":
    main(sft, Sft)
