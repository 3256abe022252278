"""Bradley-Terry reward model: `python -m training.jobs.reward RUNDIR`.

Input `train`: preferences. Those of the split `test` are held out. Their accuracy stands beside what a rule without a
model reaches, and is given for each grade, since a strong preference is easier to see than a weak one.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Any

from datasets import Dataset
from trl import RewardConfig, RewardTrainer

from training.jobs import tokens
from training.jobs.adapters import adapter, new_tokens
from training.jobs.checkpoints import load_reward_model, set_threads
from training.jobs.conversations import Encoder
from training.jobs.running import Job, main
from training.jobs.scoring import score_ids
from training.jobs.tokenizer import load_tokenizer
from training.jobs.tokens import Row
from training.jobs.trainers import arguments, fit, save
from training.jobs.watching import Watched
from training.specs import Reward, SpecError

BATCH_TOKENS = 8192


class Trainer(Watched, RewardTrainer):
    """TRL's, watched."""


def reward(job: Job[Reward]) -> None:
    spec, base = job.spec, job.checkpoint("base")
    set_threads(spec)
    configuration = RewardConfig(**arguments(job), center_rewards_coefficient=spec.center or None)
    tokenizer = load_tokenizer(base, spec)
    encoder = Encoder(tokenizer, spec.max_length, job.found.counts)
    found = tokens.rows(job, lambda records: rows(encoder, records, spec.margin))
    refuse_missing_grades(spec, found.train)
    model = load_reward_model(base, spec, tokenizer)
    trainer = Trainer(
        model=model,
        args=configuration,
        train_dataset=found.train,
        eval_dataset=found.held_out,
        processing_class=tokenizer,
        peft_config=adapter(spec, "SEQ_CLS", model, new_tokens(base, spec, tokenizer)),
    )
    fit(job, trainer)
    if found.held_out:
        job.found.figures["held_out"] |= accuracy(trainer.model, found.held_out)
    save(job, trainer, lambda: load_reward_model(base, spec, tokenizer))


def rows(encoder: Encoder, records: Iterator[Row], with_margin: bool) -> Iterator[Row]:
    """`chosen_ids` and `rejected_ids`. A pair that is too long is dropped: its end is what is judged."""
    for record, chosen, rejected in encoder.rendered_preferences(records):
        longest = max(len(chosen), len(rejected))
        if longest > encoder.max_length:
            encoder.drop_long(record)
            continue
        grade = float(record.get("margin") or 0.0)
        yield {
            "chosen_ids": chosen,
            "rejected_ids": rejected,
            "length": longest,
            "grade": grade,
        } | ({"margin": grade} if with_margin else {})


def refuse_missing_grades(spec: Reward, train: Dataset) -> None:
    """Raises SpecError where a margin is asked for and no pair has any."""
    if spec.margin and not any(train["margin"]):
        raise SpecError("margin", "no pair of this data has a grade; leave it, or freeze graded preferences")


def accuracy(model: Any, held_out: Dataset | list[Row]) -> dict[str, Any]:
    """Shares of held-out pairs; `longer` and `shorter` are rules without a model, `majority` the better of the two."""
    chosen = score_ids(model, [row["chosen_ids"] for row in held_out], BATCH_TOKENS)
    rejected = score_ids(model, [row["rejected_ids"] for row in held_out], BATCH_TOKENS)
    right = [won(first, second) for first, second in zip(chosen, rejected, strict=True)]
    longer = [won(len(row["chosen_ids"]), len(row["rejected_ids"])) for row in held_out]
    by_grade: defaultdict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(held_out):
        by_grade[f"{row['grade']:.0f}"].append(place)
    whole = shares(right, longer, range(len(held_out)))
    return whole | {
        "majority": max(whole["longer"], 1 - whole["longer"]),
        "by_grade": {grade: shares(right, longer, places) for grade, places in sorted(by_grade.items())},
    }


def shares(right: Sequence[float], longer: Sequence[float], places: Sequence[int]) -> dict[str, Any]:
    """Of the pairs at `places`: their number, and what the model and the rule "the longer one" get right."""
    accuracy, by_length = (fmean(each[place] for place in places) for each in (right, longer))
    return {"n": len(places), "accuracy": accuracy, "longer": by_length}


def won(first: float, second: float) -> float:
    return 0.5 if first == second else float(first > second)


if __name__ == "__main__":
    main(reward, Reward)
