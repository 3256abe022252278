"""LoRA: what is trained beside the weights, and how it becomes a plain checkpoint."""

from pathlib import Path
from typing import Any

from torch import nn
from transformers import AutoTokenizer
from transformers.pytorch_utils import Conv1D

from training.specs import ALL_LINEAR, SpecError, Training


def adapter(spec: Training, task: str, model: Any, new_tokens: list[int]) -> Any:
    """LoRA on the layers that are asked for, or None. Raises SpecError.

    The rows of `new_tokens` are trained whole, since the base never learnt them.
    """
    if not spec.lora_rank:
        return None
    from peft import LoraConfig

    options: dict[str, Any] = {"modules_to_save": ["score"]} if task == "SEQ_CLS" else {}
    targets = list(spec.lora_targets)
    if targets != [ALL_LINEAR]:
        refuse_unknown_layers(targets, model)
    if new_tokens:
        refuse_sharded_rows(spec)
        options["trainable_token_indices"] = dict.fromkeys(embeddings(model), new_tokens)
        let_heads_tell_their_bias()
    return LoraConfig(
        r=spec.lora_rank,
        lora_alpha=spec.lora_alpha,
        lora_dropout=spec.lora_dropout,
        use_dora=spec.dora,
        use_rslora=spec.rslora,
        target_modules=ALL_LINEAR if targets == [ALL_LINEAR] else targets,
        task_type=task,
        bias="none",
        **options,
    )


def refuse_unknown_layers(targets: list[str], model: Any) -> None:
    """peft compares with the last parts of a layer's name, and takes no notice of a name that it does not find."""
    linear = [name for name, module in model.named_modules() if isinstance(module, nn.Linear | Conv1D)]
    for target in targets:
        if not any(name == target or name.endswith(f".{target}") for name in linear):
            known = dict.fromkeys(name.rpartition(".")[2] for name in linear)
            raise SpecError("lora_targets", f"this model has no layer {target}; it has {', '.join(known)}")


def keep_dropout(model: Any) -> None:
    """TRL switches off all dropout of a policy or a reward model: that of adapters, which was asked for, too."""
    for config in getattr(model, "peft_config", {}).values():
        for name, module in model.named_modules():
            if ".lora_dropout." in name and isinstance(module, nn.Dropout):
                module.p = config.lora_dropout


def refuse_sharded_rows(spec: Training) -> None:
    """peft reads single rows of an embedding, of which each process has a part that is no row."""
    if spec.sharding in ("zero3", "fsdp"):
        raise SpecError(
            "sharding",
            f"{spec.sharding} with LoRA cannot train the tokens that the template {spec.template} adds to this"
            " checkpoint; use zero2, or lora_rank 0",
        )


def new_tokens(base: Path, spec: Training, tokenizer: Any) -> list[int]:
    """Ids that the template added to the checkpoint's tokenizer, padding apart: nobody learns that."""
    known = AutoTokenizer.from_pretrained(base, trust_remote_code=spec.trust_remote_code).get_vocab()
    return sorted(set(tokenizer.get_vocab().values()) - set(known.values()) - {tokenizer.pad_token_id})


def embeddings(model: Any) -> list[str]:
    """Names of the modules that hold a row for each token: the embedding, and the head of a policy."""
    names = {id(module): name for name, module in model.named_modules()}
    held = [model.get_input_embeddings(), model.get_output_embeddings()]
    return [names[id(module)] for module in held if isinstance(module, nn.Embedding | nn.Linear)]


def let_heads_tell_their_bias() -> None:
    """TRL's heads ask for weight and bias, and peft's wrapper of single rows tells its weight only."""
    from peft.utils.other import TrainableTokensWrapper

    TrainableTokensWrapper.bias = property(lambda wrapper: wrapper.original_module.bias)


def merge_adapter(adapter: Path, base: Any, output: Path) -> None:
    """Write base and adapter as one plain checkpoint."""
    from peft import PeftModel

    PeftModel.from_pretrained(base, adapter).merge_and_unload().save_pretrained(output)
