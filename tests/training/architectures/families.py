"""Published families with a few thousand random weights: their configs, tokenizer classes, templates and end tokens.

Tokenizers are of the classes that load the published ones, with a small vocabulary that is learnt on the spot.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import torch
import trl
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    GemmaTokenizer,
    GPTNeoXTokenizer,
    LlamaTokenizer,
    PreTrainedTokenizerFast,
    Qwen2Tokenizer,
)

from tests.training.jobs.tokenizers import WORDS

TEMPLATES = Path(trl.__file__).parent / "chat_templates"
POSITIONS = 512
# Without the words that begin a turn in any template: what a model says at random is to pose as none.
CORPUS = [WORDS, *WORDS.split(), "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 -:'\n"]
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
SIZE = {"hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
GROUPED = SIZE | {"num_key_value_heads": 1, "head_dim": 32}


@cache
def merges(byte_level: bool) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """A BPE's pieces and merges, learnt from bytes as GPT-2's are, or from words with ▁ as SentencePiece's are."""
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = (
        pre_tokenizers.ByteLevel(add_prefix_space=False) if byte_level else pre_tokenizers.Metaspace()
    )
    alphabet = pre_tokenizers.ByteLevel.alphabet() if byte_level else []
    learner = trainers.BpeTrainer(vocab_size=500, initial_alphabet=alphabet, show_progress=False)
    inner.train_from_iterator(CORPUS * 20, learner)
    described = json.loads(inner.to_str())["model"]
    return tuple(described["vocab"]), tuple((first, second) for first, second in described["merges"])


def pieces(byte_level: bool, *special: str) -> dict[str, Any]:
    """`vocab` and `merges` of a tokenizer's class, the special tokens first."""
    learnt, pairs = merges(byte_level)
    names = dict.fromkeys([*special, *([] if byte_level else BYTES), *learnt])
    return {"vocab": {name: place for place, name in enumerate(names)}, "merges": list(pairs)}


def control(*names: str, **how: bool) -> list[AddedToken]:
    return [AddedToken(name, special=True, normalized=False, **how) for name in names]


def llama2() -> Any:
    """No padding token and no template, as the base model has it."""
    return LlamaTokenizer(**pieces(False, "<unk>", "<s>", "</s>"), legacy=False)


def mistral() -> Any:
    made = LlamaTokenizer(**pieces(False, "<unk>", "<s>", "</s>"), legacy=False)
    made.add_tokens(control("[INST]", "[/INST]"), special_tokens=True)
    return made


def phi3() -> Any:
    """Its padding token is its EOS, and white space behind its control tokens belongs to them."""
    ends = {"eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>"}
    made = LlamaTokenizer(**pieces(False, "<unk>", "<s>", "</s>", "<|endoftext|>"), **ends, legacy=False)
    made.add_tokens(control("<|system|>", "<|user|>", "<|assistant|>", "<|end|>", rstrip=True), special_tokens=True)
    return made


def gemma() -> Any:
    made = GemmaTokenizer(**pieces(False, "<pad>", "<eos>", "<bos>", "<unk>", "<mask>"))
    made.add_tokens(control("<start_of_turn>", "<end_of_turn>"), special_tokens=True)
    return made


def qwen() -> Any:
    made = Qwen2Tokenizer(**pieces(True, "<|endoftext|>"), eos_token="<|im_end|>")
    made.add_tokens(control("<|im_start|>", "<|im_end|>"), special_tokens=True)
    made.add_tokens([AddedToken(name, normalized=False) for name in ("<think>", "</think>", "<tool_call>")])
    return made


def gpt_neox() -> Any:
    """One token is its BOS, EOS and unknown one."""
    return GPTNeoXTokenizer(**pieces(True, "<|endoftext|>", "<|padding|>"), pad_token=None)


def llama3() -> Any:
    inner = Tokenizer(models.BPE(**pieces(True), ignore_merges=True))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    inner.add_special_tokens(control("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"))
    return PreTrainedTokenizerFast(tokenizer_object=inner, bos_token="<|begin_of_text|>", eos_token="<|eot_id|>")


def unigram() -> Any:
    """SentencePiece's other algorithm, with byte fallback."""
    learnt = Tokenizer(models.Unigram())
    learnt.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<unk>", "<s>", "</s>"]
    learner = trainers.UnigramTrainer(vocab_size=300, special_tokens=special, unk_token="<unk>", show_progress=False)
    learnt.train_from_iterator(CORPUS * 20, learner)
    scored = [tuple(piece) for piece in json.loads(learnt.to_str())["model"]["vocab"]]
    scored[3:3] = [(byte, 0.0) for byte in BYTES]
    inner = Tokenizer(models.Unigram(scored, unk_id=0, byte_fallback=True))
    inner.normalizer = normalizers.NFKC()
    inner.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=True)
    inner.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    named = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    return PreTrainedTokenizerFast(tokenizer_object=inner, **named)


@dataclass(frozen=True)
class Family:
    """`template` is a file of published ones, or the name of one of ours for a tokenizer that has none.

    `ends` are the control tokens that its generation config stops at; none leaves the tokenizer's EOS. With `sees` its
    `config` is the part that reads texts, as of a model that sees pictures too.
    """

    architecture: str
    tokenizer: Callable[[], Any]
    config: dict[str, Any]
    template: str
    ends: tuple[str, ...] = ()
    generation: dict[str, Any] = field(default_factory=dict)
    sees: dict[str, Any] = field(default_factory=dict)

    @property
    def is_own(self) -> bool:
        return self.template.endswith(".jinja")


VISION = {"image_size": 28, "patch_size": 14, "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1}
WINDOWED = {"sliding_window": 16, "query_pre_attn_scalar": 32}
FAMILIES = {
    "llama2": Family("llama", llama2, GROUPED, "vicuna", generation={"temperature": 0.9, "top_p": 0.6}),
    "llama3": Family(
        "llama",
        llama3,
        GROUPED | {"rope_parameters": {"rope_type": "default", "rope_theta": 500_000.0}},
        "llama3.jinja",
        ends=("<|eot_id|>",),
    ),
    "unigram": Family("llama", unigram, GROUPED, "alpaca"),
    "qwen2": Family(
        "qwen2", qwen, GROUPED | {"tie_word_embeddings": True}, "qwen2_5.jinja", ends=("<|im_end|>", "<|endoftext|>")
    ),
    "qwen3": Family(
        "qwen3", qwen, GROUPED | {"tie_word_embeddings": True}, "qwen3.jinja", ends=("<|im_end|>", "<|endoftext|>")
    ),
    "mistral": Family("mistral", mistral, GROUPED | {"sliding_window": 16}, "mistral"),
    "gemma2": Family("gemma2", gemma, GROUPED | WINDOWED, "gemma.jinja", ends=("<eos>", "<end_of_turn>")),
    "gemma3": Family("gemma3_text", gemma, GROUPED | WINDOWED, "gemma3.jinja", ends=("<eos>", "<end_of_turn>")),
    "gemma3_vision": Family(
        "gemma3",
        gemma,
        GROUPED | WINDOWED,
        "gemma3.jinja",
        ends=("<eos>", "<end_of_turn>"),
        sees={"mm_tokens_per_image": 4, "vision_config": VISION | {"num_attention_heads": 2}},
    ),
    "phi3": Family("phi3", phi3, GROUPED, "phi3.jinja", ends=("<|endoftext|>", "<|assistant|>", "<|end|>")),
    "gpt_neox": Family("gpt_neox", gpt_neox, SIZE, "chatml"),
}


def publish(name: str, path: Path) -> Path:
    """A checkpoint of the family, as its authors would have saved it. Its matrix has rows that no token uses."""
    family = FAMILIES[name]
    tokenizer = family.tokenizer()
    if family.is_own:
        tokenizer.chat_template = (TEMPLATES / family.template).read_text()
    torch.manual_seed(3)
    ids = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    rows = -(-len(tokenizer) // 64) * 64
    described = {"vocab_size": rows, "max_position_embeddings": POSITIONS, **family.config, **ids}
    if family.sees:
        described = {"text_config": described, **family.sees, **ids}
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(family.architecture, **described))
    # Larger than what training begins with: a token hangs on those before it.
    for weight in model.parameters():
        if weight.dim() > 1:
            torch.nn.init.normal_(weight, std=0.2)
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    ends = [tokenizer.convert_tokens_to_ids(end) for end in family.ends] or tokenizer.eos_token_id
    # transformers would not write every one that is published.
    (path / "generation_config.json").write_text(json.dumps({**ids, "eos_token_id": ends, **family.generation}))
    return path
