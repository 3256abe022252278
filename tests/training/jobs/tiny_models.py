"""Published architectures and templates with a few thousand random weights."""

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

POSITIONS = 128
SIZE = {"hidden_size": 64, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
GROUPED = SIZE | {"num_key_value_heads": 1, "head_dim": 32}
ARCHITECTURES: dict[str, dict[str, Any]] = {
    "llama": GROUPED,
    "qwen2": GROUPED | {"use_sliding_window": False},
    "qwen3": GROUPED,
    "mistral": GROUPED | {"sliding_window": 16},
    "gemma2": GROUPED | {"sliding_window": 16, "query_pre_attn_scalar": 32},
    "phi3": GROUPED | {"pad_token_id": 0},
    "gpt_neox": SIZE,
    "gpt2": {"n_embd": 64, "n_layer": 2, "n_head": 2},
}
ROLES = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] not in ['user', 'assistant'] %}"
    "{{ raise_exception('Role ' + message['role'] + ' is not supported') }}{% endif %}"
)
TEMPLATES = {
    "gemma": ROLES
    + "{{ '<start_of_turn>' + message['role'] + '\n' + message['content'] | trim + '<end_of_turn>\n' }}"
    + "{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>assistant\n' }}{% endif %}",
    "phi": ROLES
    + "{{ '<|' + message['role'] + '|>\n' + message['content'] + '<|end|>\n' }}"
    + "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}",
    "llama3": ROLES
    + "{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] + '<|eot_id|>' }}"
    + "{% endfor %}{% if add_generation_prompt %}"
    + "{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}",
}
ENDS = {"gemma": "<end_of_turn>", "phi": "<|end|>", "llama3": "<|eot_id|>"}
CORPUS = ["List old tools and new ones.", "the red saw and the big rope.", "Say more: 1, 2, 3 and so on!"]


def tokenizer(template: str, special: bool = True) -> PreTrainedTokenizerFast:
    """Byte-level; its EOS ends no turn. `special` says whether the token that does is marked so."""
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    learning = trainers.BpeTrainer(
        vocab_size=300, special_tokens=["<pad>", "<bos>", "<eos>"], initial_alphabet=alphabet, show_progress=False
    )
    inner.train_from_iterator(CORPUS, learning)
    made = PreTrainedTokenizerFast(tokenizer_object=inner, bos_token="<bos>", eos_token="<eos>", pad_token="<pad>")
    made.add_tokens([AddedToken(ENDS[template], special=special, normalized=False)], special_tokens=special)
    made.chat_template = TEMPLATES[template]
    return made


def publish(
    path: Path, architecture: str = "llama", template: str = "gemma", special: bool = True, **generation: Any
) -> Path:
    """A checkpoint with random weights and a generation config as its authors may have written it."""
    made = tokenizer(template, special)
    torch.manual_seed(3)
    named = {"n_positions": POSITIONS} if architecture == "gpt2" else {"max_position_embeddings": POSITIONS}
    ids = {"bos_token_id": made.bos_token_id, "eos_token_id": made.eos_token_id, "pad_token_id": made.pad_token_id}
    config = AutoConfig.for_model(
        architecture, vocab_size=len(made), tie_word_embeddings=False, **ARCHITECTURES[architecture] | named | ids
    )
    model = AutoModelForCausalLM.from_config(config)
    # Larger than what training begins with: a token hangs on those before it.
    for weight in model.parameters():
        if weight.dim() > 1:
            torch.nn.init.normal_(weight, std=0.5)
    model.save_pretrained(path)
    made.save_pretrained(path)
    # transformers would not write every one that is published.
    (path / "generation_config.json").write_text(json.dumps({**ids, **generation}))
    return path


def end_after(path: Path, ids: list[int], end: int, words: int = 3) -> list[int]:
    """Change the checkpoint so that its greedy answer to these tokens is so long and then ends; gives the answer."""
    model = AutoModelForCausalLM.from_pretrained(path)
    said = model.generate(torch.tensor([ids]), do_sample=False, max_new_tokens=20, eos_token_id=-1)[0, len(ids) :]
    answer: list[int] = said.tolist()
    place = next(at for at in range(words, 20) if answer[at] not in answer[:at] and end not in answer[: at + 1])
    head = model.get_output_embeddings().weight.data
    head[[answer[place], end]] = head[[end, answer[place]]]
    model.save_pretrained(path)
    return answer[:place]
