"""Direct preference optimisation: `python -m training.jobs.dpo RUNDIR`.

Input `train`: preferences. Those of the split `test` are held out, and their loss, reward accuracy and margin are
measured. Its curves hold the log-probabilities of chosen and rejected responses apart (`logps/chosen`,
`logps/rejected`): the margin can grow while both fall.
"""

from collections.abc import Iterator
from typing import Any

from datasets import Dataset
from trl import DPOConfig, DPOTrainer

from training.jobs import tokens
from training.jobs.adapters import adapter, new_tokens
from training.jobs.checkpoints import load_policy, set_threads
from training.jobs.conversations import Encoder
from training.jobs.reference_free import ReferenceFree
from training.jobs.references import Kept, followed, reference
from training.jobs.running import Job, main
from training.jobs.shared_prompts import share_in
from training.jobs.shown_answers import show_answers
from training.jobs.tokenizer import load_tokenizer
from training.jobs.trainers import arguments, fit, save
from training.jobs.watching import Watched
from training.specs import Dpo


class Trainer(Kept, Watched, DPOTrainer):
    """Watched, and takes rows that are token ids already, as TRL's other trainers do."""

    def _prepare_dataset(self, rows: Dataset, *_: Any) -> Dataset:
        return rows


class TrainerWithoutReference(ReferenceFree, Trainer):
    """The same, of losses that ask none."""


def dpo(job: Job[Dpo]) -> None:
    spec, base = job.spec, job.checkpoint("base")
    set_threads(spec)
    asked = configuration(job)
    tokenizer = load_tokenizer(base, spec)
    encoder = Encoder(tokenizer, spec.max_length, job.found.counts)
    found = tokens.rows(job, lambda records: rows(encoder, records))
    model = load_policy(base, spec, tokenizer)
    trainer = made_for(spec)(
        model=model,
        ref_model=None if spec.is_reference_free else reference(job, tokenizer),
        args=asked,
        train_dataset=found.train,
        eval_dataset=found.held_out,
        processing_class=tokenizer,
        peft_config=adapter(spec, "CAUSAL_LM", model, new_tokens(base, spec, tokenizer)),
    )
    trainer.spec = spec
    show_answers(job, trainer, encoder)
    if spec.share_prompts:
        share_in(trainer, spec.max_length)
    fit(job, trainer)
    save(job, trainer, lambda: load_policy(base, spec, tokenizer))


def made_for(spec: Dpo) -> type[Any]:
    return TrainerWithoutReference if spec.is_reference_free else Trainer


def configuration(job: Job[Dpo]) -> DPOConfig:
    """Of losses without a reference TRL is told that it was asked before, so that it loads none."""
    spec = job.spec
    theirs = (
        {} if spec.is_reference_free else {"loss_type": list(spec.losses), "loss_weights": list(spec.loss_weights)}
    )
    return DPOConfig(
        **arguments(job),
        **followed(spec),
        **theirs,
        beta=spec.beta,
        label_smoothing=spec.label_smoothing,
        f_divergence_type=spec.divergence,
        f_alpha_divergence_coef=spec.divergence_alpha,
        ld_alpha=None if spec.ld_alpha == 1 else spec.ld_alpha,
        use_weighting=spec.wpo_weights,
        discopop_tau=spec.discopop_tau,
        precompute_ref_log_probs=spec.precompute_reference or spec.is_reference_free,
    )


def rows(encoder: Encoder, records: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """`prompt_ids`, `chosen_ids`, `rejected_ids`; responses are cut at the end where they are too long."""
    for record, chosen, rejected in encoder.preferences(records):
        prompt = min(chosen.prompt, rejected.prompt)
        room = encoder.max_length - prompt
        if room <= 0:
            encoder.drop_unanswered(record)
            continue
        longest = max(chosen.end, rejected.end)
        encoder.counts["rows"] += 1
        encoder.counts["truncated"] += longest > encoder.max_length
        yield {
            "prompt_ids": chosen.ids[:prompt],
            "chosen_ids": chosen.ids[prompt : chosen.end][:room],
            "rejected_ids": rejected.ids[prompt : rejected.end][:room],
            "length": min(longest, encoder.max_length),
        }


if __name__ == "__main__":
    main(dpo, Dpo)
