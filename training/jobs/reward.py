"""Bradley-Terry reward model: `python -m training.jobs.reward RUNDIR`.

Input `train`: preferences. Those of the split `test` are held out. Their accuracy stands beside what a rule without a
model reaches, and is given for each grade, since a strong preference is easier to see than a weak one; by domain,
language and difference in length; and with how sure the model is against how far the votes agree.
"""

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from datasets import Dataset
from trl import RewardConfig

from training.jobs import judged_pairs, tokens
from training.jobs.adapters import adapter, new_tokens
from training.jobs.checkpoints import load_reward_model, set_threads
from training.jobs.conversations import Encoder
from training.jobs.reward_accuracy import breakdown
from training.jobs.reward_loss import AGREEMENT, PLACE, WEIGHT, Collator, Trainer
from training.jobs.running import Job, main
from training.jobs.scoring import score_ids
from training.jobs.tokenizer import load_tokenizer
from training.jobs.tokens import Row
from training.jobs.trainers import arguments, fit, save
from training.specs import Reward, SpecError

BATCH_TOKENS = 8192
# A rule for margins or weights, and what the data must have for it.
GRADED = "no pair of this data has a grade; leave it, or freeze graded preferences"


def reward(job: Job[Reward]) -> None:
    spec, base = job.spec, job.checkpoint("base")
    set_threads(spec)
    configuration = RewardConfig(**arguments(job), center_rewards_coefficient=spec.center or None)
    tokenizer = load_tokenizer(base, spec)
    encoder = Encoder(tokenizer, spec.max_length, job.found.counts)
    found = tokens.rows(job, lambda records: judged_pairs.rows(encoder, records, spec))
    refuse_missing_grades(spec, found.train)
    model = load_reward_model(base, spec, tokenizer)
    trainer = Trainer(
        model=model,
        args=configuration,
        train_dataset=weighed(found.train, spec),
        eval_dataset=weighed(found.held_out, spec) if found.held_out else None,
        processing_class=tokenizer,
        data_collator=Collator(tokenizer.pad_token_id),
        peft_config=adapter(spec, "SEQ_CLS", model, new_tokens(base, spec, tokenizer)),
        spec=spec,
    )
    fit(job, trainer)
    if found.held_out:
        job.found.figures["held_out"] |= accuracy(trainer.model, found.held_out)
    save(job, trainer, lambda: load_reward_model(base, spec, tokenizer))


def weighed(rows: Dataset, spec: Reward) -> Dataset:
    """With a `weight` for each row, of mean 1, and its place."""
    weights = [1.0] * len(rows) if spec.weights == "equal" else rows[spec.weights]
    mean = fmean(weights) or 1.0
    return rows.add_column(WEIGHT, [weight / mean for weight in weights]).add_column(PLACE, list(range(len(rows))))


def refuse_missing_grades(spec: Reward, train: Dataset) -> None:
    """Raises SpecError where a rule asks for grades and no pair has any."""
    for setting in ("margin", "weights"):
        if getattr(spec, setting) == "grade" and not any(train["grade"]):
            raise SpecError(setting, GRADED)
    if spec.labels == "soft" and all(agreement == 1 for agreement in train[AGREEMENT]):
        raise SpecError("labels", "all votes of this data agree, so soft labels are hard ones; use hard")


def accuracy(model: Any, held_out: Dataset | Sequence[Row]) -> dict[str, Any]:
    """Shares of held-out pairs."""
    chosen = score_ids(model, [row["chosen_ids"] for row in held_out], BATCH_TOKENS)
    rejected = score_ids(model, [row["rejected_ids"] for row in held_out], BATCH_TOKENS)
    return breakdown(list(held_out), [first - second for first, second in zip(chosen, rejected, strict=True)])


if __name__ == "__main__":
    main(reward, Reward)
