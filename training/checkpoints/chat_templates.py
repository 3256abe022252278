"""Chat templates of checkpoints, as their folders tell. Knows nothing of torch."""

import msgspec

from training.models import Checkpoint, TrainingDefaults

OWN = "own"


def has_own(checkpoint: Checkpoint) -> bool:
    """Whether its tokenizer comes with a chat template. Of a folder on another machine, what its run was told."""
    folder = checkpoint.folder
    if (folder / "chat_template.jinja").is_file():
        return True
    try:
        config = msgspec.json.decode((folder / "tokenizer_config.json").read_bytes())
    except (OSError, msgspec.DecodeError):
        return checkpoint.run_id is not None
    return isinstance(config, dict) and bool(config.get("chat_template"))


def for_chat(checkpoint: Checkpoint) -> str:
    """The template of the project, by which a checkpoint without one is asked; else empty."""
    return "" if has_own(checkpoint) else TrainingDefaults.here().template


def fault(chosen: str, replaces: bool, checkpoint: Checkpoint) -> str:
    """Why a run must not put `chosen` in the place of the checkpoint's own template; empty where it may."""
    is_same = checkpoint.run_id is not None and chosen == checkpoint.template
    if chosen == OWN or replaces or is_same or not has_own(checkpoint):
        return ""
    return (
        f"{checkpoint} has a chat template of its own, and answers worse in another. Choose {OWN}; "
        f"or set replace_template to train it in {chosen} all the same."
    )
