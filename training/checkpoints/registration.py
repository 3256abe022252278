"""Your own models: a folder of safetensors on this machine becomes a checkpoint, once its files are checked."""

import math
from pathlib import Path
from typing import Any, get_args

import msgspec
from django import forms
from django.db import transaction

from training.models import Checkpoint
from training.runs.ingest import author_of
from training.specs import Template

CONFIG, INDEX = "config.json", "model.safetensors.index.json"
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "tokenizer_config.json")
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")
# What transformers calls a model of each kind ends like this.
HEADS = {Checkpoint.Kind.POLICY: "ForCausalLM", Checkpoint.Kind.REWARD: "ForSequenceClassification"}
# Bytes in front of a safetensors header, which hold its length; a header longer than that is none.
LENGTH, LONGEST_HEADER = 8, 100_000_000


TEMPLATE_CHOICES = [(name, name) for name in get_args(Template)]
TEMPLATE_HELP = "The one that it was trained with; own is the tokenizer’s."


class WeightsInvalid(Exception):
    """A file of weights that cannot be read; says which, and what to do."""


def folder_faults(path: str, kind: str) -> list[str]:
    """What is wrong with a folder of weights, all at once; each says what to do."""
    if not Path(path).is_absolute():
        return [f"“{path}” is not an absolute path. Write it from the root, as /models/my-model."]
    try:
        return faults_in(Path(path), kind)
    except OSError as error:
        reason = f"{error.filename or path} cannot be read: {error.strerror}."
        return [f"{reason} Correct the path, or let the user that runs the studio read it."]


def faults_in(folder: Path, kind: str) -> list[str]:
    """Raises OSError where the folder or a file of it cannot be read."""
    if not folder.is_dir():
        return [f"There is no folder {folder} on this machine. Copy the model there, or correct the path."]
    found = [config_fault(folder, kind), weights_fault(folder)]
    if not any((folder / name).is_file() for name in TOKENIZERS):
        found.append("It has no tokenizer. Copy tokenizer.json and tokenizer_config.json into the folder.")
    return [fault for fault in found if fault]


def config_fault(folder: Path, kind: str) -> str:
    """Empty where config.json describes a model of this kind, or does not say which it is."""
    try:
        config = msgspec.json.decode((folder / CONFIG).read_bytes())
    except FileNotFoundError:
        return f"It has no {CONFIG}. Choose the folder that save_pretrained wrote."
    except msgspec.DecodeError:
        return f"Its {CONFIG} is no JSON. Copy the file again."
    names = config.get("architectures") or [] if isinstance(config, dict) else []
    head = HEADS[Checkpoint.Kind(kind)] if kind in HEADS else ""
    if names and not any(str(name).endswith(head) for name in names) and not sees(config, kind):
        return f"Its {CONFIG} describes {', '.join(map(str, names))}; a {kind} checkpoint is a …{head}."
    return ""


def sees(config: dict[str, Any], kind: str) -> bool:
    """Whether it is a policy that also sees pictures, as Gemma 3 from 4B on: it answers texts as others do.

    What translates, as T5, is called the same and has no part that only writes texts.
    """
    names = config.get("architectures") or []
    writes = kind == Checkpoint.Kind.POLICY and isinstance(config.get("text_config"), dict)
    return writes and any(str(name).endswith("ForConditionalGeneration") for name in names)


def weights_fault(folder: Path) -> str:
    try:
        parameters(folder)
    except WeightsInvalid as error:
        return str(error)
    return ""


def parameters(folder: Path) -> int:
    """How many numbers the model in a folder has, from the headers of its files. Raises WeightsInvalid."""
    files = sorted(folder.glob("*.safetensors"))
    if not files and any(any(folder.glob(pattern)) for pattern in PICKLES):
        raise WeightsInvalid(
            "It holds pickles and no .safetensors. A pickle can run code, so it is refused: convert the weights "
            "with save_pretrained(…, safe_serialization=True)."
        )
    if not files:
        raise WeightsInvalid("It holds no .safetensors. Choose the folder that holds the weights.")
    if missing := missing_parts(folder):
        raise WeightsInvalid(f"{INDEX} names {', '.join(missing)}, which the folder does not hold. Copy the rest.")
    return sum(parameters_of(file) for file in files)


def missing_parts(folder: Path) -> list[str]:
    try:
        index = msgspec.json.decode((folder / INDEX).read_bytes())
        named = {str(name) for name in index["weight_map"].values()}
    except FileNotFoundError:
        return []
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError) as error:
        raise WeightsInvalid(f"{INDEX} cannot be read. Copy the file again.") from error
    return sorted(name for name in named if not (folder / name).is_file())


def parameters_of(file: Path) -> int:
    """Numbers in a file of safetensors. Raises WeightsInvalid where it is cut short or none.

    https://github.com/huggingface/safetensors#format: eight bytes of length, a JSON header, the numbers.
    """
    broken = WeightsInvalid(f"{file.name} is no whole file of safetensors. Copy or download it again.")
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(LENGTH), "little")
        if length > LONGEST_HEADER:
            raise broken
        try:
            header = msgspec.json.decode(stream.read(length))
            tensors = [about for name, about in header.items() if name != "__metadata__"]
            ends = max((about["data_offsets"][1] for about in tensors), default=0)
            n: int = sum(math.prod(about["shape"]) for about in tensors)
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise broken from error
    if LENGTH + length + ends != file.stat().st_size:
        raise broken
    return n


class CheckpointForm(forms.ModelForm[Checkpoint]):
    """A checkpoint by its folder, for pages and the admin."""

    template = forms.ChoiceField(
        label="Chat template",
        choices=TEMPLATE_CHOICES,
        help_text=TEMPLATE_HELP,
    )

    class Meta:
        model = Checkpoint
        fields = ("name", "kind", "path", "template", "base", "notes")
        labels = {"path": "Folder", "base": "Made from"}
        help_texts = {
            "path": "An absolute path on the machine of the studio and its workers. Safetensors only.",
            "base": "The checkpoint that it was trained from, if it is here.",
        }
        widgets = {"path": forms.TextInput, "notes": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].error_messages["required"] = "Give it a name."
        self.fields["path"].error_messages["required"] = "Name the folder."
        if isinstance(base := self.fields["base"], forms.ModelChoiceField):
            base.empty_label = "Trained elsewhere"

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Checkpoint.objects.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("A checkpoint with this name already exists. Choose another.")
        return name

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if path := cleaned.get("path"):
            for fault in folder_faults(path, cleaned.get("kind", "")):
                self.add_error("path", fault)
        return cleaned


@transaction.atomic
def register(checkpoint: Checkpoint) -> Checkpoint:
    """Keep it, with the author that it is in annotation and its size. Raises WeightsInvalid."""
    checkpoint.author = author_of(checkpoint.kind, checkpoint.name)
    checkpoint.parameters = parameters(Path(checkpoint.path))
    checkpoint.save()
    return checkpoint
