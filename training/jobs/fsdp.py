"""PyTorch's FSDP2 by accelerate: each layer is shared out over the processes, and what is saved is whole."""

from typing import Any

import torch
from accelerate import DistributedType, PartialState
from torch.distributed.fsdp import MixedPrecisionPolicy

from training.specs import Training


def fsdp(spec: Training) -> dict[str, Any]:
    """Keyword arguments for any of TRL's configurations."""
    if spec.sharding != "fsdp":
        return {}
    return {
        "fsdp": True,
        "fsdp_config": {
            "version": 2,
            "auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
            "reshard_after_forward": True,
            "cpu_offload": spec.offload == "all",
            "state_dict_type": "FULL_STATE_DICT",
            "activation_checkpointing": spec.gradient_checkpointing,
        },
    }


def before_trainer(args: Any) -> None:
    """What accelerate would do otherwise, by a trainer's arguments."""
    if args.device.type == "cpu":
        # It shards on whatever it calls GPUs, and its code for them runs on processors as well.
        PartialState().distributed_type = DistributedType.MULTI_GPU
    if low := compute_type(args):
        # It would add gradients up, and give losses, in as few bits as it computes in.
        policy = MixedPrecisionPolicy(param_dtype=low, reduce_dtype=torch.float32)
        args.fsdp_plugin_args["mixed_precision_policy"] = policy


def after_trainer(trainer: Any) -> None:
    """Logits come in fp32, as under autocast: log-probabilities of bf16 have three digits."""
    if compute_type(trainer.args):
        for model in filter(None, (trainer.model, getattr(trainer, "ref_model", None))):
            model.register_forward_hook(in_fp32)


def compute_type(args: Any) -> torch.dtype | None:
    """None where it is fp32."""
    if args.bf16:
        return torch.bfloat16
    return torch.float16 if args.fp16 else None


def in_fp32(module: torch.nn.Module, given: Any, output: Any) -> Any:
    if getattr(output, "logits", None) is not None:
        output.logits = output.logits.float()
    return output
