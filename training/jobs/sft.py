"""Supervised finetuning on answers: `python -m training.jobs.sft RUNDIR`.

Input `train`: demonstrations, or preferences of which the chosen response is learnt. The latter is DPO's matched
control: with the same seed, batch size and epochs it sees the same responses in the same batches for as many steps.
"""

from trl import SFTConfig, SFTTrainer

from training.jobs.checkpoints import load_policy, load_tokenizer, set_threads
from training.jobs.conversations import Encoder
from training.jobs.running import Job, main
from training.jobs.trainers import adapter, arguments, dataset, fit, save
from training.specs import Sft


def sft(job: Job[Sft]) -> None:
    spec, base = job.spec, job.checkpoint("base")
    set_threads(spec)
    tokenizer = load_tokenizer(base, spec)
    encoder = Encoder(tokenizer, spec.max_length, job.found.counts)
    rows = encoder.demonstrations(job.records("train"), spec.loss_on == "every_answer")
    trainer = SFTTrainer(
        model=load_policy(base, spec, tokenizer),
        args=SFTConfig(**arguments(job)),
        train_dataset=dataset(job, rows),
        processing_class=tokenizer,
        peft_config=adapter(spec, "CAUSAL_LM"),
    )
    fit(job, trainer)
    save(job, trainer, lambda: load_policy(base, spec, tokenizer))


if __name__ == "__main__":
    main(sft, Sft)
