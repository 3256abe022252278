"""A tokenizer and a Llama from scratch: `python -m training.jobs.create RUNDIR`.

The tokenizer is a byte-level BPE learnt from the texts of `corpus`; the weights are random, by the seed.
"""

from collections.abc import Iterator
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from tokenizers import trainers as learning
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from training.jobs.running import Job, main
from training.jobs.templates import TEMPLATES
from training.jobs.tokenizer import PAD
from training.rundir import is_held_out
from training.specs import Create

BOS = "<s>"


def create(job: Job[Create]) -> None:
    tokenizer = make_tokenizer(job.spec, texts(job.records("corpus")))
    model = make_model(job.spec, tokenizer)
    model.save_pretrained(job.run.output)
    tokenizer.save_pretrained(job.run.output)
    job.found.counts["tokens"] = len(tokenizer)
    job.found.figures["parameters"] = model.num_parameters()


def texts(records: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Of what is learnt: no token is made for a text that is held out."""
    for record in records:
        if is_held_out(record):
            continue
        yield from (message["content"] for message in record["prompt"])
        yield from (str(record[name]) for name in ("response", "chosen", "rejected") if name in record)


def make_tokenizer(spec: Create, corpus: Iterator[str]) -> PreTrainedTokenizerFast:
    template = TEMPLATES[spec.template]
    special = list(dict.fromkeys([PAD, BOS, template.end, *template.tokens]))
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    inner.train_from_iterator(
        corpus,
        learning.BpeTrainer(
            vocab_size=spec.vocabulary,
            special_tokens=special,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        bos_token=BOS,
        eos_token=template.end,
        pad_token=PAD,
        additional_special_tokens=list(template.tokens),
        model_max_length=spec.positions,
    )
    tokenizer.chat_template = template.jinja
    return tokenizer


def make_model(spec: Create, tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    torch.manual_seed(spec.seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=spec.width,
        intermediate_size=3 * spec.width,
        num_hidden_layers=spec.layers,
        num_attention_heads=spec.heads,
        max_position_embeddings=spec.positions,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config)


if __name__ == "__main__":
    main(create, Create)
