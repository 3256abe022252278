"""DPO's losses against their papers by hand, and the table of what they read against what comes of it."""

from collections.abc import Callable
from math import log
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from tests.training.jobs.conftest import PREFERENCES, make
from training.jobs.checkpoints import load_policy, load_reference, set_threads
from training.jobs.conversations import Encoder
from training.jobs.dpo import configuration, made_for, rows
from training.jobs.running import Job, StopRequest
from training.jobs.tokenizer import load_tokenizer
from training.losses import DEFAULTS, READERS, REFERENCE_FREE, Loss
from training.specs import Dpo, SpecError, parse

LOSSES = get_args(Loss)
OTHER: dict[str, Any] = {
    "beta": 0.3,
    "label_smoothing": 0.2,
    "divergence": "js_divergence",
    "divergence_alpha": 0.3,
    "ld_alpha": 0.4,
    "wpo_weights": True,
    "discopop_tau": 0.5,
    "simpo_gamma": 0.9,
}
# As TRL calls them, on the trainer; one lies among its arguments.
THEIRS = {
    "beta": "beta",
    "label_smoothing": "label_smoothing",
    "divergence": "f_divergence_type",
    "divergence_alpha": "f_alpha_divergence_coef",
    "wpo_weights": "use_weighting",
}


def trained(base: str, path: Path, **fields: Any) -> Any:
    """A trainer that has gone some steps from its reference, so that options make a difference."""
    from datasets import Dataset

    run = make(path, "dpo", base=base, max_steps=2, learning_rate=1e-2, **fields)
    set_threads(run.spec)
    job: Job[Any] = Job(run, run.spec, StopRequest(run))
    asked, tokenizer = configuration(job), load_tokenizer(Path(base), run.spec)
    # Responses of unlike length, without which nothing lies beyond the shorter one.
    records: list[dict[str, Any]] = [dict(record) for record in PREFERENCES]
    records = [record | {"rejected": record["rejected"] * (1 + place % 3)} for place, record in enumerate(records)]
    found = Dataset.from_list(list(rows(Encoder(tokenizer, 128), iter(records))))
    policy, reference = (load(Path(base), run.spec, tokenizer) for load in (load_policy, load_reference))
    given = None if job.spec.is_reference_free else reference
    made = made_for(job.spec)(policy, given, args=asked, train_dataset=found, processing_class=tokenizer)
    made.spec, made.reference = job.spec, reference
    made.train()
    made.held = made._prepare_inputs(next(iter(made.get_eval_dataloader(found))))
    return made


@pytest.fixture(scope="module")
def trainers(base: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """One with a reference, one without."""
    folder = tmp_path_factory.mktemp("losses")
    return trained(base, folder / "with", wpo_weights=True), trained(base, folder / "without", losses=["simpo"])


def of(trainers: tuple[Any, Any], loss: str) -> Any:
    return trainers[loss in REFERENCE_FREE]


def loss_of(trainer: Any, loss: str, options: dict[str, Any]) -> float:
    trainer.loss_types, trainer.loss_weights = [loss], [1.0]
    for option, name in THEIRS.items():
        setattr(trainer, name, options[option])
    trainer.ld_alpha = None if options["ld_alpha"] == 1 else options["ld_alpha"]
    trainer.args.discopop_tau = options["discopop_tau"]
    if loss in REFERENCE_FREE:
        # `sft` is not added: what is looked at is one loss alone.
        known = {name: options[name] for name in ("beta", "label_smoothing", "simpo_gamma")}
        trainer.spec = Unchecked(losses=(loss,), loss_weights=(1.0,), **known)
    with torch.no_grad():
        found: float = trainer.compute_loss(trainer.model, trainer.held).item()
    return found


class Unchecked(msgspec.Struct, frozen=True):
    """What a loss without a reference looks at."""

    losses: tuple[str, ...]
    loss_weights: tuple[float, ...]
    beta: float
    label_smoothing: float
    simpo_gamma: float


def is_refused(loss: str, options: dict[str, Any]) -> bool:
    losses = {"losses": ["sft", loss], "loss_weights": [1.0, 1.0]} if loss == "orpo" else {"losses": [loss]}
    try:
        parse("dpo", losses | options)
    except SpecError:
        return True
    return False


def begun(loss: str, option: str) -> dict[str, Any]:
    """Defaults, and what must be there for the option to be looked at."""
    options = DEFAULTS | ({"label_smoothing": 0.1} if loss == "exo_pair" else {})
    return options | ({"divergence": "alpha_divergence"} if option == "divergence_alpha" else {})


@pytest.mark.parametrize("loss", LOSSES)
def test_an_option_is_refused_where_the_loss_ignores_it_and_nowhere_else(trainers: tuple[Any, Any], loss: str) -> None:
    for option, other in OTHER.items():
        first = begun(loss, option)
        changed, trainer, reads = first | {option: other}, of(trainers, loss), loss in READERS[option]
        assert is_refused(loss, changed) is not reads, option
        # What TRL itself refuses, or has no place for, is not asked: another divergence, weights of sorted pairs.
        if reads or option in ("beta", "label_smoothing", "discopop_tau"):
            differs = abs(loss_of(trainer, loss, changed) - loss_of(trainer, loss, first)) > 1e-6
            assert differs is reads, option


def test_a_loss_that_cannot_do_without_an_option_is_refused_without_it() -> None:
    assert is_refused("exo_pair", {}) and not is_refused("exo_pair", {"label_smoothing": 0.001})


def test_an_option_that_one_of_several_losses_reads_is_taken() -> None:
    assert Dpo(losses=("sigmoid", "robust"), loss_weights=(1.0, 1.0), label_smoothing=0.1).label_smoothing == 0.1


@pytest.mark.parametrize("loss", ["aot", "aot_unpaired"])
def test_a_loss_that_sorts_pairs_needs_several_at_once(loss: str) -> None:
    assert is_refused(loss, {"micro_batch_size": 1}) and not is_refused(loss, {"micro_batch_size": 2})


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            {"losses": ["simpo", "sigmoid"]},
            "losses: simpo asks no reference and goes with sft alone; leave out sigmoid",
        ),
        ({"losses": ["orpo"]}, "losses: orpo is the odds ratio alone; add sft"),
        ({"losses": ["cpo"], "sync_every": 4}, "sync_every: cpo asks no reference; leave it"),
        ({"losses": ["cpo"], "reference": "/weights"}, "reference: cpo asks no reference; leave it"),
        ({"losses": ["cpo"], "precompute_reference": True}, "precompute_reference: cpo asks no reference"),
        ({"losses": ["sigmoid", "aot"], "wpo_weights": True}, "wpo_weights: aot cannot weigh single pairs"),
        ({"losses": ["sigmoid", "sft"], "wpo_weights": True}, "wpo_weights: sft cannot weigh single pairs"),
        ({"losses": ["sigmoid", "aot"], "divergence": "forward_kl"}, "divergence: aot only has reverse_kl"),
        ({"divergence_alpha": 0.3}, "divergence_alpha: is read by alpha_divergence only"),
        ({"sync_share": 0.5}, "sync_share: nothing moves with sync_every 0"),
        ({"sync_every": 4, "lora_rank": 8}, "sync_every: with LoRA the reference is the policy without its adapters"),
        ({"sync_every": 4, "precompute_reference": True}, "sync_every: a reference that moves cannot be asked"),
        ({"sync_every": 4, "sharding": "zero3"}, "sync_every: zero3 shards the reference"),
    ],
)
def test_what_cannot_go_together_is_refused_by_name(fields: dict[str, Any], problem: str) -> None:
    weights = [1.0] * len(fields.get("losses", [""]))
    with pytest.raises(SpecError) as caught:
        parse("dpo", {"loss_weights": weights, **fields})
    assert problem in str(caught.value)


class Said:
    """Log-probabilities of the batch's responses by hand: logits in double precision, one response after another."""

    def __init__(self, trainer: Any, model: Any) -> None:
        inputs = trainer.held
        with torch.no_grad():
            asked = {name: inputs[name] for name in ("input_ids", "attention_mask")}
            spoken = torch.log_softmax(model(**asked).logits.double(), dim=-1)
        rows = zip(spoken, inputs["input_ids"], inputs["completion_mask"], strict=True)
        self.tokens, self.by_sampling = [], []
        for log_probabilities, ids, mask in rows:
            places = [at for at in range(1, len(ids)) if mask[at]]
            self.tokens.append(torch.stack([log_probabilities[at - 1, ids[at]] for at in places]))
            # What a token drawn from the policy would be expected to have, in the logarithm.
            self.by_sampling.append(torch.stack([(2 * log_probabilities[at - 1]).logsumexp(-1) for at in places]))

    def summed(self, ld_alpha: float = 1.0) -> tuple[Tensor, Tensor]:
        """Of the chosen and of the rejected; tokens beyond the shorter of both weigh `ld_alpha`."""
        half = len(self.tokens) // 2
        pairs = list(zip(self.tokens[:half], self.tokens[half:], strict=True))
        both = []
        for side in (0, 1):
            shared = [min(map(len, pair)) for pair in pairs]
            both.append([p[side][:n].sum() + ld_alpha * p[side][n:].sum() for p, n in zip(pairs, shared, strict=True)])
        return torch.stack(both[0]), torch.stack(both[1])

    def lengths(self) -> tuple[Tensor, Tensor]:
        found = torch.tensor([float(len(tokens)) for tokens in self.tokens])
        return found[: len(found) // 2], found[len(found) // 2 :]

    def weights(self) -> Tensor:
        each = [torch.exp((a - b).mean()) for a, b in zip(self.tokens, self.by_sampling, strict=True)]
        return torch.stack(each[: len(each) // 2]) * torch.stack(each[len(each) // 2 :])


B, E = 0.3, 0.2
SIGMOID = torch.sigmoid
# Of the log-ratios c of chosen and r of rejected responses to the reference, and of their lengths m and n.
PAPERS: dict[str, Callable[..., Tensor]] = {
    "sigmoid": lambda c, r, m, n: -logsigmoid(B * (c - r)),
    "hinge": lambda c, r, m, n: (1 - B * (c - r)).clamp(min=0),
    "ipo": lambda c, r, m, n: (c / m - r / n - 1 / (2 * B)) ** 2,
    "exo_pair": lambda c, r, m, n: (
        SIGMOID(B * (c - r)) * (logsigmoid(B * (c - r)) - log(1 - E))
        + SIGMOID(B * (r - c)) * (logsigmoid(B * (r - c)) - log(E))
    ),
    "nca_pair": lambda c, r, m, n: -logsigmoid(B * c) - 0.5 * logsigmoid(-B * c) - 0.5 * logsigmoid(-B * r),
    "robust": lambda c, r, m, n: (-(1 - E) * logsigmoid(B * (c - r)) + E * logsigmoid(B * (r - c))) / (1 - 2 * E),
    "bco_pair": lambda c, r, m, n: -logsigmoid(B * c) - logsigmoid(-B * r),
    "sppo_hard": lambda c, r, m, n: (c - 0.5 / B) ** 2 + (r + 0.5 / B) ** 2,
    "aot_unpaired": lambda c, r, m, n: smooth(B * (c.sort()[0] - r.sort()[0])),
    "apo_zero": lambda c, r, m, n: 1 - SIGMOID(B * c) + SIGMOID(B * r),
    "apo_down": lambda c, r, m, n: SIGMOID(B * c) + 1 - SIGMOID(B * (c - r)),
    "discopop": lambda c, r, m, n: blend(B * (c - r)),
    "sigmoid_norm": lambda c, r, m, n: -logsigmoid(B * (c / m - r / n)),
}
DIVERGENCES: dict[str, Callable[[Tensor], Tensor]] = {
    "forward_kl": lambda ratio: -torch.exp(-ratio),
    "js_divergence": lambda ratio: torch.log(2 * torch.exp(ratio) / (1 + torch.exp(ratio))),
    "alpha_divergence": lambda ratio: (1 - torch.exp(ratio) ** (0.3 - 1)) / (1 - 0.3),
}


def smooth(margin: Tensor) -> Tensor:
    return -(1 - E) * logsigmoid(margin) - E * logsigmoid(-margin)


def blend(margin: Tensor) -> Tensor:
    share = SIGMOID(margin / 0.5)
    return share * torch.exp(-margin) - (1 - share) * logsigmoid(margin)


def ratios(trainer: Any, **given: Any) -> tuple[Tensor, Tensor]:
    both = zip(*(Said(trainer, model).summed(**given) for model in (trainer.model, trainer.reference)), strict=True)
    chosen, rejected = (policy - reference for policy, reference in both)
    return chosen, rejected


def given(**options: Any) -> dict[str, Any]:
    return DEFAULTS | {"beta": B, "label_smoothing": E, "discopop_tau": 0.5} | options


@pytest.mark.parametrize("loss", PAPERS)
def test_a_loss_is_the_one_of_its_paper(trainers: tuple[Any, Any], loss: str) -> None:
    trainer = of(trainers, loss)
    expected = PAPERS[loss](*ratios(trainer), *Said(trainer, trainer.model).lengths()).mean()
    assert loss_of(trainer, loss, given()) == pytest.approx(expected.item(), abs=1e-5)


def test_aot_sorts_what_policy_and_reference_say_of_the_pairs(trainers: tuple[Any, Any]) -> None:
    trainer = of(trainers, "aot")
    said = [Said(trainer, model).summed() for model in (trainer.model, trainer.reference)]
    policy, reference = ((chosen - rejected).sort()[0] for chosen, rejected in said)
    assert loss_of(trainer, "aot", given()) == pytest.approx(smooth(B * (policy - reference)).mean().item(), abs=1e-5)


@pytest.mark.parametrize("divergence", DIVERGENCES)
def test_a_divergence_takes_the_place_of_the_log_ratio(trainers: tuple[Any, Any], divergence: str) -> None:
    trainer, asked = of(trainers, "sigmoid"), given(divergence=divergence, divergence_alpha=0.3)
    chosen, rejected = (DIVERGENCES[divergence](ratio) for ratio in ratios(trainer))
    expected = -logsigmoid(B * (chosen - rejected)).mean()
    assert loss_of(trainer, "sigmoid", asked) == pytest.approx(expected.item(), abs=1e-5)


def test_tokens_beyond_the_shorter_response_weigh_less(trainers: tuple[Any, Any]) -> None:
    trainer = of(trainers, "sigmoid")
    chosen, rejected = ratios(trainer, ld_alpha=0.4)
    expected = -logsigmoid(B * (chosen - rejected)).mean()
    assert loss_of(trainer, "sigmoid", given(ld_alpha=0.4)) == pytest.approx(expected.item(), abs=1e-5)


def test_a_pair_weighs_as_much_as_the_policy_is_likely_to_say_it(trainers: tuple[Any, Any]) -> None:
    trainer = of(trainers, "sigmoid")
    chosen, rejected = ratios(trainer)
    expected = (-logsigmoid(B * (chosen - rejected)) * Said(trainer, trainer.model).weights()).mean()
    assert loss_of(trainer, "sigmoid", given(wpo_weights=True)) == pytest.approx(expected.item(), abs=1e-5)


@pytest.mark.parametrize("loss", ["cpo", "simpo"])
def test_a_loss_without_a_reference_is_the_one_of_trls_trainer(trainers: tuple[Any, Any], loss: str) -> None:
    from types import SimpleNamespace

    from trl.experimental.cpo import CPOTrainer

    trainer = of(trainers, loss)
    said, name = Said(trainer, trainer.model), {"cpo": "sigmoid", "simpo": "simpo"}[loss]
    compared = said.summed()
    if loss == "simpo":
        compared = tuple(logps / length for logps, length in zip(compared, said.lengths(), strict=True))
    theirs: Any = SimpleNamespace(alpha=0.0, simpo_gamma=0.9, beta=B, label_smoothing=E, loss_type=name)
    theirs.accelerator = trainer.accelerator
    expected = CPOTrainer.cpo_loss(theirs, *compared)[0].mean()
    assert loss_of(trainer, loss, given(simpo_gamma=0.9)) == pytest.approx(expected.item(), abs=1e-5)


def test_orpo_is_the_odds_ratio_of_trls_trainer(trainers: tuple[Any, Any]) -> None:
    from types import SimpleNamespace

    from trl.experimental.orpo import ORPOTrainer

    trainer = of(trainers, "orpo")
    said = Said(trainer, trainer.model)
    compared = [logps / length for logps, length in zip(said.summed(), said.lengths(), strict=True)]
    theirs: Any = SimpleNamespace(beta=1.0, accelerator=trainer.accelerator)
    expected = -ORPOTrainer.odds_ratio_loss(theirs, *compared)[0].mean()
    assert loss_of(trainer, "orpo", given()) == pytest.approx(expected.item(), abs=1e-5)


@pytest.mark.parametrize("loss", ["sigmoid", "simpo"])
def test_sft_beside_another_loss_is_the_mean_over_chosen_tokens(trainers: tuple[Any, Any], loss: str) -> None:
    trainer = of(trainers, loss)
    said = Said(trainer, trainer.model)
    expected = -torch.cat(said.tokens[: len(said.tokens) // 2]).mean()
    if loss == "simpo":
        trainer.spec = Unchecked(("sft",), (1.0,), B, 0.0, 0.0)
        with torch.no_grad():
            found = trainer.compute_loss(trainer.model, trainer.held).item()
    else:
        found = loss_of(trainer, "sft", given())
    assert found == pytest.approx(expected.item(), abs=1e-5)
