"""Fields of the forms that launch: versions and checkpoints to choose, and a field for one setting of a run."""

from collections.abc import Sequence
from typing import Any

import msgspec
from django import forms
from msgspec import structs

from annotation.models import Collection, Version
from studio.projects.scope import one_here
from studio.words import counted
from training import specs
from training.models import Checkpoint
from training.runs import forms as settings_forms
from training.runs.forms import Field

NOUNS = {"prompts": "prompt", "demonstrations": "demonstration", "preferences": "pair", "responses": "response"}
BASES = {Checkpoint.Kind.POLICY: "policy", Checkpoint.Kind.REWARD: "reward model"}
LABELS = {
    "n": "Responses for each prompt", "limit": "Prompts at most", "max_tokens": "Longest response",
    "gpus": "GPUs", "lora_rank": "LoRA rank", "lora_alpha": "LoRA alpha", "lora_targets": "LoRA targets",
    "lora_dropout": "LoRA dropout", "dora": "DoRA", "rslora": "rsLoRA", "deepspeed_config": "DeepSpeed config",
}  # fmt: skip
DRAWN = (
    "n", "temperature", "temperature_by", "top_p", "limit", "top_k", "min_p", "repetition_penalty", "presence_penalty",
    "frequency_penalty", "min_tokens", "stop", "system",
)  # fmt: skip


class Described(forms.Select):
    """A select whose options say how much they hold, for the words on the button."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        version = getattr(value, "instance", None)
        if isinstance(version, Version):
            option["attrs"]["data-says"] = amount(version)
        return option


class VersionChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic for the type checker only
    widget = Described

    def label_from_instance(self, obj: Any) -> str:
        of_others = f" · shared by {obj.project}" if one_here() not in (None, obj.project_id) else ""
        return f"{obj} · {amount(obj)}{of_others}"


class CheckpointChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic for the type checker only
    def label_from_instance(self, obj: Any) -> str:
        return with_whose(str(obj), obj)


class CheckpointOfKindChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic for the type checker only
    """For a kind that can start from checkpoints of several kinds."""

    def label_from_instance(self, obj: Any) -> str:
        return with_whose(f"{obj} · {BASES[obj.kind]}", obj)


class CheckpointsChoice(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # generic for the type checker only
    def label_from_instance(self, obj: Any) -> str:
        return with_whose(str(obj), obj)


def with_whose(label: str, checkpoint: Checkpoint) -> str:
    return f"{label} · {checkpoint.whose}" if checkpoint.whose else label


def amount(version: Version) -> str:
    return counted(version.counts.get("items", 0), NOUNS[version.kind])


def draw_fields() -> list[Field]:
    """What people choose of a draw."""
    _, components = msgspec.json.schema_components([specs.Draw])
    known = components["Draw"]["properties"]
    return [
        settings_forms.field_of(field, known[field.name])
        for field in structs.fields(specs.Draw)
        if field.name in DRAWN
    ]


def form_field(field: Field, found: Sequence[str]) -> forms.Field:
    """Django's field for one setting; `found` is what can be chosen, if anything.

    What it must be like is checked by `training.runs.forms`, once for all ways in.
    """
    about: dict[str, Any] = {
        "label": LABELS.get(field.name, field.label),
        "required": field.required,
        "initial": listed(field.default) if is_list(field) else field.initial,
        "help_text": " ".join(filter(None, [field.help, field.bounds and f"{field.bounds.capitalize()}."])),
    }
    if field.type == "boolean":
        return forms.BooleanField(**about | {"required": False, "initial": bool(field.default)})
    if found:
        blank = [] if field.required or field.default else [("", "–")]
        return forms.ChoiceField(choices=[*blank, *((value, value) for value in found)], **about)
    attrs = {"inputmode": "numeric" if field.type == "integer" else "decimal"} if field.is_numeric else {}
    attrs |= {"placeholder": field.placeholder} if field.placeholder else {}
    if field.is_long:
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}), strip=False, **about)
    return forms.CharField(widget=forms.TextInput(attrs=attrs), **about)


def is_list(field: Field) -> bool:
    """A list of words or numbers, which people write with commas."""
    return isinstance(field.default, list | tuple) and not any(isinstance(item, dict) for item in field.default)


def one_or_several(text: str) -> Any:
    """A text, or the list that it writes as JSON: the words may have commas and line breaks."""
    if not text.lstrip().startswith("["):
        return [text]
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def listed(values: Sequence[Any]) -> str:
    return ", ".join(map(str, values))


def choices(field: Field) -> list[str]:
    if field.name == "collection":
        return list(Collection.objects.values_list("slug", flat=True))
    return list(field.choices)
