"""What work costs on cards: hours, memory and disk, by rules of thumb. Pure; every constant names its source.

Tokens and parameters are numbers, memory is in bytes, time in hours of one GPU.
"""

from dataclasses import dataclass

from training import cards
from training.recipes.plans.flow import Work
from training.specs import Online, Spec, Spread, Training


@dataclass(frozen=True)
class Card:
    """Dense bf16 operations a second, and bytes of memory."""

    name: str
    operations: float
    memory: float


H100 = Card("H100", cards.H100_SXM, 80e9)
# Shares of a card's operations that are reached: in training 7B (tables of llm-foundry, torchtitan), in prefill.
TRAINING_SHARE = 0.4
READING_SHARE = 0.5
# Tokens a second that one H100 decodes of a model of 7e9 parameters with full attention at a context of 800 tokens:
# what its memory and its operations allow. More parameters decode as much more slowly.
DECODED = 5800.0
DECODED_OF = 7e9
# Kaplan et al. 2020, "Scaling laws", section 2.1: forward 2, backward 4 operations for a token and a parameter.
FORWARD, BACKWARD = 2, 4
# Fp32 weights and their gradient; AdamW's two moments, of 4 bytes or 1 each, and Adafactor's rows and columns.
WEIGHTS, GRADIENT = 4, 4
MOMENTS = {"adamw": 8, "paged_adamw": 8, "adamw_8bit": 2, "paged_adamw_8bit": 2, "adafactor": 0}
BF16 = 2
# Bytes of a base that adapters are trained beside; four bits come with their constants.
HELD = {"none": BF16, "8bit": 1.0, "4bit": 0.55}
# Shardings that share out weights too.
WHOLE = ("zero3", "fsdp")
# Adapters of a model are about a hundredth of it, trained in fp32.
ADAPTERS = 0.01


def hours(work: Work, spec: Spec, parameters: float, card: Card = H100) -> float:
    """GPU hours on one card, all GPUs of the run added up."""
    trained = work.trained * parameters * operations(spec) / (card.operations * TRAINING_SHARE)
    read = work.read_tokens * parameters * FORWARD / (card.operations * READING_SHARE)
    generated = work.generated / (DECODED * DECODED_OF / parameters)
    return (trained + read + generated) / 3600


def operations(spec: Spec) -> float:
    """For each trained token and parameter.

    Checkpointed activations are computed twice, LoRA's base has no gradient of its own, and a reference is asked once.
    """
    if not isinstance(spec, Training):
        return 0.0
    backward = BACKWARD / 2 if spec.lora_rank else BACKWARD
    again = FORWARD if spec.gradient_checkpointing else 0
    return FORWARD + backward + again + (FORWARD if asks_a_reference(spec) else 0)


def asks_a_reference(spec: Spec) -> bool:
    return isinstance(spec, Online) and spec.beta > 0 or "reference" in spec.PLUMBING


def memory(spec: Spec, parameters: float) -> float:
    """Bytes on each GPU for weights, gradients, optimiser and reference; activations come on top."""
    if not isinstance(spec, Training):
        return parameters * BF16 / (spec.tensor_parallel if isinstance(spec, Spread) else 1)
    cards = max(spec.gpus, 1) * spec.nodes
    # What is offloaded lies in the machine's memory.
    moments = 0 if spec.offload != "none" else MOMENTS[spec.optimizer]
    if spec.lora_rank:
        held = parameters * HELD[spec.quantize] / (cards if spec.sharding in WHOLE else 1)
        return held + parameters * ADAPTERS * (WEIGHTS + GRADIENT + moments)
    reference = parameters * BF16 if asks_a_reference(spec) else 0.0
    if spec.sharding in WHOLE:
        weights = 0 if spec.offload == "all" else WEIGHTS
        return (parameters * (weights + GRADIENT + moments) + reference) / cards
    each, shared = {
        "none": (WEIGHTS + GRADIENT + moments, 0),
        "zero1": (WEIGHTS + GRADIENT, moments),
        "zero2": (WEIGHTS, GRADIENT + moments),
    }[spec.sharding]
    return parameters * (each + shared / cards) + reference


def disk(work: Work, spec: Spec, parameters: float) -> float:
    """Bytes: the weights that it makes and two checkpoints on the way, or the rows that it writes."""
    if isinstance(spec, Training):
        trained = parameters * ADAPTERS if spec.lora_rank else parameters
        made = parameters * (BF16 if spec.lora_rank else WEIGHTS)
        return made + 2 * trained * (WEIGHTS + GRADIENT + MOMENTS["adamw"])
    return work.generated * 4 + work.makes * 200
