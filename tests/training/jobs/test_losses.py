"""The table of what DPO's losses read, held to what TRL computes."""

from pathlib import Path
from typing import Any, get_args

import pytest
import torch

from tests.training.jobs.conftest import PREFERENCES, make
from training.jobs.checkpoints import load_policy, load_reference
from training.jobs.conversations import Encoder
from training.jobs.dpo import Trainer, configuration, rows
from training.jobs.running import Job, StopRequest
from training.jobs.tokenizer import load_tokenizer
from training.losses import DEFAULTS, READ, Loss
from training.specs import Dpo, SpecError, parse

OTHER = {"beta": 0.3, "label_smoothing": 0.2}


@pytest.fixture(scope="module")
def trainer(base: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One that has gone some steps from its reference, so that options make a difference."""
    from datasets import Dataset

    run = make(tmp_path_factory.mktemp("losses") / "run", "dpo", base=base, max_steps=2, learning_rate=1e-2)
    job: Job[Any] = Job(run, run.spec, StopRequest(run))
    asked, tokenizer = configuration(job), load_tokenizer(Path(base), run.spec)
    found = Dataset.from_list(list(rows(Encoder(tokenizer, 128), iter(PREFERENCES))))
    policy, reference = (load(Path(base), run.spec, tokenizer) for load in (load_policy, load_reference))
    made = Trainer(policy, reference, args=asked, train_dataset=found, processing_class=tokenizer)
    made.train()
    return made


def loss_of(trainer: Any, loss: str, options: dict[str, float]) -> float:
    trainer.loss_types, trainer.loss_weights = [loss], [1.0]
    trainer.beta, trainer.label_smoothing = options["beta"], options["label_smoothing"]
    batch = trainer._prepare_inputs(next(iter(trainer.get_eval_dataloader(trainer.train_dataset))))
    with torch.no_grad():
        found: float = trainer.compute_loss(trainer.model, batch).item()
    return found


def is_refused(loss: str, options: dict[str, float]) -> bool:
    try:
        parse("dpo", {"losses": [loss], **options})
    except SpecError:
        return True
    return False


@pytest.mark.parametrize("option", DEFAULTS)
@pytest.mark.parametrize("loss", get_args(Loss))
def test_an_option_is_refused_where_the_loss_ignores_it_and_nowhere_else(trainer: Any, loss: str, option: str) -> None:
    begun = DEFAULTS | ({"label_smoothing": 0.1} if loss == "exo_pair" else {})
    changed = begun | {option: OTHER[option]}
    differs = abs(loss_of(trainer, loss, changed) - loss_of(trainer, loss, begun)) > 1e-6
    assert differs is (option in READ[loss])
    assert is_refused(loss, changed) is not differs


def test_a_loss_that_cannot_do_without_an_option_is_refused_without_it() -> None:
    assert is_refused("exo_pair", {}) and not is_refused("exo_pair", {"label_smoothing": 0.001})


def test_an_option_that_one_of_several_losses_reads_is_taken() -> None:
    assert Dpo(losses=("sigmoid", "robust"), loss_weights=(1.0, 1.0), label_smoothing=0.1).label_smoothing == 0.1


@pytest.mark.parametrize("loss", ["aot", "aot_unpaired"])
def test_a_loss_that_sorts_pairs_needs_several_at_once(trainer: Any, loss: str) -> None:
    assert is_refused(loss, {"micro_batch_size": 1}) and not is_refused(loss, {"micro_batch_size": 2})
