"""Code that a checkpoint brings along: it runs only where an admin allowed it, and only as they saw it.

What is allowed are its Python files by their digests. So what is trained from it runs too, with the same files beside
new weights, and a file that was changed since is refused.
"""

from pathlib import Path

import msgspec
from django.db import transaction
from django.utils import timezone

from studio.accounts.acts import audit
from studio.accounts.models import AuditEntry, User
from training.models import Checkpoint
from training.rundir import digest_of

CONFIGS = ("config.json", "tokenizer_config.json")


class RemoteCodeRefused(Exception):
    """It cannot be allowed; says why, and what would help."""


def files_in(folder: Path) -> dict[str, str]:
    """The Python files below a folder with their SHA-256. Raises OSError."""
    return {path.relative_to(folder).as_posix(): digest_of(path) for path in sorted(folder.rglob("*.py"))}


def names_elsewhere(folder: Path) -> list[str]:
    """Code of other repositories that its configuration names, as `owner/name--file.Class`. Raises OSError."""
    named: list[str] = []
    for path in (folder / name for name in CONFIGS):
        config = msgspec.json.decode(path.read_bytes()) if path.is_file() else {}
        mapped = config.get("auto_map") if isinstance(config, dict) else None
        for value in mapped.values() if isinstance(mapped, dict) else ():
            named += map(str, value if isinstance(value, list) else [value])
    return [name for name in named if "--" in name]


@transaction.atomic
def allow(checkpoint: Checkpoint, by: User) -> None:
    """For its files as they are now. Raises RemoteCodeRefused."""
    checkpoint.code_allowed = allowable(checkpoint)
    checkpoint.code_allowed_by, checkpoint.code_allowed_at = by, timezone.now()
    checkpoint.save(update_fields=["code_allowed", "code_allowed_by", "code_allowed_at"])
    says = f"allowed the checkpoint {checkpoint} to run its own code: {', '.join(checkpoint.code_allowed)}"
    audit.record(AuditEntry.Act.CODE_ALLOWED, by, None, says[:500])


def allowable(checkpoint: Checkpoint) -> dict[str, str]:
    """Raises RemoteCodeRefused."""
    if checkpoint.shared_by:
        raise RemoteCodeRefused(f"{checkpoint} is {checkpoint.whose}. Allow its code there; then it runs here too.")
    try:
        files, elsewhere = files_in(checkpoint.folder), names_elsewhere(checkpoint.folder)
    except (OSError, msgspec.DecodeError) as error:
        raise RemoteCodeRefused(f"Its files cannot be read ({error}). Correct that, then allow its code.") from error
    if elsewhere:
        raise RemoteCodeRefused(f"It asks for code of another repository ({elsewhere[0]}). Copy that into its folder.")
    if not files:
        raise RemoteCodeRefused("It brings no Python file, so there is nothing to allow.")
    return files


@transaction.atomic
def forbid(checkpoint: Checkpoint, by: User) -> None:
    """What was made from it keeps the right of its own. Nothing happens where none was given."""
    if Checkpoint.objects.filter(pk=checkpoint.pk).exclude(code_allowed={}).update(code_allowed={}):
        audit.record(AuditEntry.Act.CODE_FORBIDDEN, by, None, f"forbade the code of the checkpoint {checkpoint}")


def may_run(*checkpoints: Checkpoint) -> bool:
    """Whether they bring code, all of it allowed: a program that loads several runs the code of all or of none."""
    bringing = [one for one in checkpoints if any(one.folder.rglob("*.py"))]
    return bool(bringing) and all(map(is_allowed, bringing))


def is_allowed(checkpoint: Checkpoint) -> bool:
    """Whether it brings code, all of it just as an admin allowed it for this checkpoint."""
    allowed = (checkpoint.original or checkpoint).code_allowed
    try:
        return bool(allowed) and is_covered(checkpoint.folder, allowed)
    except OSError:
        return False


def is_covered(folder: Path, allowed: dict[str, str]) -> bool:
    """Raises OSError."""
    found = files_in(folder)
    return bool(found) and found.items() <= allowed.items()


def inherited(base: Checkpoint | None, folder: Path) -> dict[str, str]:
    """What new weights in `folder` may run, made from `base`: the same files, and no others."""
    allowed = (base.original or base).code_allowed if base else {}
    return allowed if allowed and is_covered(folder, allowed) else {}
