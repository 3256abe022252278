"""Kahneman-Tversky optimisation: `python -m training.jobs.kto RUNDIR`.

Input `train`: preferences, whose chosen responses are good and whose rejected ones bad, or responses with a score,
by which they are good or bad. Those of the split `test` are held out: their loss is measured, and the margin between
the mean rewards of good and bad.
"""

from collections.abc import Iterator
from typing import Any

from datasets import Dataset
from trl import KTOConfig, KTOTrainer
from trl.trainer.kto_trainer import DataCollatorForUnpairedPreference

from training.jobs import tokens
from training.jobs.adapters import adapter, new_tokens
from training.jobs.checkpoints import load_policy, set_threads
from training.jobs.conversations import Encoder, with_answer
from training.jobs.references import Kept, followed, reference
from training.jobs.running import Job, main
from training.jobs.shown_answers import show_answers
from training.jobs.tokenizer import load_tokenizer
from training.jobs.tokens import Record, Row
from training.jobs.trainers import arguments, fit, save
from training.jobs.unpaired import judged
from training.jobs.watching import Watched, weighed
from training.specs import Kto, SpecError


class Collator(DataCollatorForUnpairedPreference):
    """With the responses that KTO's estimate of the KL divergence needs: each prompt with its neighbour's response.

    A long prompt and a long response that do not belong together are cut as all rows are.
    """

    def torch_call(self, examples: list[Row]) -> dict[str, Any]:
        ids = [row["completion_ids"] for row in examples]
        turned = zip(examples, [ids[-1], *ids[:-1]], strict=True)
        found: dict[str, Any] = super().torch_call([row | {"KL_completion_ids": other} for row, other in turned])
        return found


class Trainer(Kept, Watched, KTOTrainer):
    """Watched, with rows that are token ids already. What is held out weighs by its good and its bad responses."""

    def __init__(self, **named: Any) -> None:
        # Good and bad rows of each batch that was measured.
        self.sides: list[tuple[int, int]] = []
        super().__init__(**named)

    def _prepare_dataset(self, rows: Dataset, *_: Any) -> Dataset:
        return rows

    def _compute_loss(self, model: Any, inputs: dict[str, Any], return_outputs: bool) -> Any:
        if not self.model.training:
            labels = self.accelerator.gather(inputs["label"])
            self.sides.append((int(labels.sum()), int((~labels).sum())))
        return super()._compute_loss(model, inputs, return_outputs)

    def averaged(self, name: str, values: list[float]) -> float:
        if name == "rewards/margins":
            rewards = (f"rewards/{side}" for side in ("chosen", "rejected"))
            good, bad = (self.averaged(reward, self._metrics["eval"][reward]) for reward in rewards)
            return good - bad
        for side, ending in enumerate(("/chosen", "/rejected")):
            if name.endswith(ending):
                return weighed(values, [rows[side] for rows in self.sides if rows[side]])
        return super().averaged(name, values)

    def log(self, logs: dict[str, float], *given: Any, **named: Any) -> None:
        super().log(logs, *given, **named)
        if not self.model.training:
            self.sides.clear()


def kto(job: Job[Kto]) -> None:
    spec, base = job.spec, job.checkpoint("base")
    set_threads(spec)
    asked = configuration(job)
    tokenizer = load_tokenizer(base, spec)
    encoder = Encoder(tokenizer, spec.max_length, job.found.counts)
    found = tokens.rows(job, lambda records: rows(encoder, records, spec))
    refuse_one_side(found.train)
    model = load_policy(base, spec, tokenizer)
    trainer = Trainer(
        model=model,
        ref_model=reference(job, tokenizer),
        args=asked,
        # Once, the same in every process: which responses stand in for others hangs on their order.
        train_dataset=found.train.shuffle(seed=spec.row_seed, keep_in_memory=True),
        eval_dataset=found.held_out,
        data_collator=collator(spec, tokenizer.pad_token_id),
        processing_class=tokenizer,
        peft_config=adapter(spec, "CAUSAL_LM", model, new_tokens(base, spec, tokenizer)),
    )
    show_answers(job, trainer, encoder)
    fit(job, trainer)
    save(job, trainer, lambda: load_policy(base, spec, tokenizer))


def configuration(job: Job[Kto]) -> KTOConfig:
    spec = job.spec
    return KTOConfig(
        **arguments(job) | {"train_sampling_strategy": "sequential"},
        **followed(spec),
        loss_type=spec.loss,
        beta=spec.beta,
        desirable_weight=spec.desirable_weight,
        undesirable_weight=spec.undesirable_weight,
        precompute_ref_log_probs=spec.precompute_reference,
    )


def collator(spec: Kto, padding: int) -> Collator | None:
    """None is TRL's own, of a loss that needs no estimate."""
    return Collator(padding, spec.max_length) if spec.loss == "kto" else None


def rows(encoder: Encoder, records: Iterator[Record], spec: Kto) -> Iterator[Row]:
    """`prompt_ids`, `completion_ids` and `label`, which is true of a good response; cut at the end if too long."""
    for record in records:
        for answer, good in judged(encoder, record, spec):
            for one in encoder.tried(record, encoder.conversation, [with_answer(record, answer)]):
                row = one[0]
                if row.prompt >= encoder.max_length:
                    encoder.drop_unanswered(record)
                    continue
                encoder.counts["rows"] += 1
                encoder.counts["truncated"] += row.end > encoder.max_length
                yield {
                    "prompt_ids": row.ids[: row.prompt],
                    "completion_ids": row.ids[row.prompt : row.end][: encoder.max_length - row.prompt],
                    "label": good,
                    "length": min(row.end, encoder.max_length),
                }


def refuse_one_side(train: Dataset) -> None:
    """Raises SpecError where all responses are good, or all are bad."""
    labels = set(train["label"])
    if True not in labels:
        raise SpecError("good_from", "no response is good; lower it, or read responses with higher scores")
    if False not in labels:
        raise SpecError("bad_below", "no response is bad; raise it, and good_from with it")


if __name__ == "__main__":
    main(kto, Kto)
