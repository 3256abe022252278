"""Supervised finetuning on answers: `python -m training.jobs.sft RUNDIR`.

Input `train`: demonstrations, or preferences of which the chosen response is learnt. The latter is DPO's matched
control: with the same seed, batch size and epochs it sees the same responses in the same batches for as many steps.
Records of the split `test` are held out, and their loss is measured.
"""

from collections.abc import Iterable, Iterator

from trl import SFTConfig, SFTTrainer

from training.jobs import tokens
from training.jobs.adapters import adapter, new_tokens
from training.jobs.checkpoints import load_policy, set_threads
from training.jobs.conversations import Encoder
from training.jobs.running import Job, main
from training.jobs.shown_answers import show_answers
from training.jobs.tokenizer import load_tokenizer
from training.jobs.trainers import arguments, fit, save
from training.jobs.watching import Watched
from training.specs import Sft


class Trainer(Watched, SFTTrainer):
    """TRL's, watched."""


def sft(job: Job[Sft]) -> None:
    spec, base = job.spec, job.checkpoint("base")
    set_threads(spec)
    configuration = SFTConfig(**arguments(job))
    tokenizer = load_tokenizer(base, spec)
    encoder = Encoder(tokenizer, spec.max_length, job.found.counts)

    def encode(records: Iterator[tokens.Record]) -> Iterable[tokens.Row]:
        return encoder.demonstrations(records, spec.loss_on == "every_answer")

    rows = tokens.rows(job, encode)
    model = load_policy(base, spec, tokenizer)
    trainer = Trainer(
        model=model,
        args=configuration,
        train_dataset=rows.train,
        eval_dataset=rows.held_out,
        processing_class=tokenizer,
        peft_config=adapter(spec, "CAUSAL_LM", model, new_tokens(base, spec, tokenizer)),
    )
    show_answers(job, trainer, encoder)
    fit(job, trainer)
    save(job, trainer, lambda: load_policy(base, spec, tokenizer))


if __name__ == "__main__":
    main(sft, Sft)
