"""Small tokenizers of every kind that causal models have, made on the spot."""

from collections.abc import Callable
from functools import cache
from typing import Any

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

SPECIAL = ["<unk>", "<s>", "</s>"]
WORDS = "Hello there my friend. Who are you? I am a saw and the old rope, two of them; answer this question now!"
# Every sign that a test writes, and words that a space is merged with.
CORPUS = [WORDS, f"Human: {WORDS}\n\nAssistant: {WORDS}", f"USER: {WORDS} ASSISTANT: {WORDS}", "<|x_y|> </s> [1] 2\n3"]
CORPUS += [f"Assistant: {word}" for word in WORDS.split()] + ["abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ"]


def learnt(model: Any, before: Any, learner: Any) -> Tokenizer:
    inner = Tokenizer(model)
    inner.pre_tokenizer = before
    inner.train_from_iterator(CORPUS * 20, learner)
    return inner


def bpe(**more: Any) -> Any:
    return trainers.BpeTrainer(vocab_size=600, special_tokens=SPECIAL, show_progress=False, **more)


def byte_level(trimmed: bool) -> Tokenizer:
    """GPT-2's. Llama 3's also trims the places of its tokens."""
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    inner = learnt(models.BPE(), pre_tokenizers.ByteLevel(add_prefix_space=False), bpe(initial_alphabet=alphabet))
    inner.decoder = decoders.ByteLevel()
    if trimmed:
        inner.post_processor = processors.ByteLevel(trim_offsets=True)
    return inner


def sentencepiece(scheme: str) -> Tokenizer:
    """Llama 2's: words are learnt apart, and the text is merged as one word. `legacy` is its first form."""
    inner = learnt(models.BPE(unk_token="<unk>", fuse_unk=True), pre_tokenizers.Metaspace(), bpe())
    if scheme == "legacy":
        inner.pre_tokenizer = pre_tokenizers.Split("never met", "isolated")
        inner.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    else:
        inner.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=False)
    inner.decoder = decoders.Metaspace(prepend_scheme="never" if scheme == "never" else "always")
    return inner


def unigram() -> Tokenizer:
    """T5's and XLNet's, whose model itself knows the special tokens as pieces."""
    learner = trainers.UnigramTrainer(vocab_size=300, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False)
    inner = learnt(models.Unigram(), pre_tokenizers.Metaspace(), learner)
    inner.normalizer = normalizers.NFKC()
    inner.decoder = decoders.Metaspace()
    return inner


def wordpiece() -> Tokenizer:
    learner = trainers.WordPieceTrainer(vocab_size=600, special_tokens=SPECIAL, show_progress=False)
    inner = learnt(models.WordPiece(unk_token="<unk>"), pre_tokenizers.BertPreTokenizer(), learner)
    inner.decoder = decoders.WordPiece()
    return inner


KINDS: dict[str, Callable[[], Tokenizer]] = {
    "byte_level": lambda: byte_level(trimmed=False),
    "byte_level_trimmed": lambda: byte_level(trimmed=True),
    "metaspace_first": lambda: sentencepiece("first"),
    "metaspace_always": lambda: sentencepiece("always"),
    "metaspace_legacy": lambda: sentencepiece("legacy"),
    "unigram": unigram,
    "wordpiece": wordpiece,
}


@cache
def described(kind: str) -> str:
    text: str = KINDS[kind]().to_str()
    return text


def tokenizer(kind: str, template: str | None = None, tokens: tuple[str, ...] = ()) -> Any:
    """A new one each time, since tests add tokens to it. `template` is the text of a chat template."""
    found = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(described(kind)), bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )
    if tokens:
        found.add_special_tokens({"additional_special_tokens": list(tokens)})
    found.chat_template = template
    return found
