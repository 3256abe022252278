"""Commands beside a running studio: `manage.py import_data …` finds the servers as the studio's own processes do."""

import json
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from studio.embedded.folder import Folder

ROOT = Path(__file__).resolve().parents[2]


def leave_word(folder: Folder, told: Mapping[str, str]) -> None:
    """What the supervisor told its children of itself. What its own environment said stays out of files."""
    path = word(folder)
    path.touch(mode=0o600)
    path.write_text(json.dumps(dict(told)), encoding="utf-8")


def take_word_back(folder: Folder) -> None:
    word(folder).unlink(missing_ok=True)


def join(environ: MutableMapping[str, str]) -> None:
    """Tell this process the same, where its environment does not say otherwise. Without a running studio, nothing."""
    path = word(Folder(Path(environ.get("STUDIO_VAR", ROOT / "var")).resolve()))
    if path.exists():
        for name, value in json.loads(path.read_text(encoding="utf-8")).items():
            if f"{name}_FILE" not in environ and name.removesuffix("_FILE") not in environ:
                environ.setdefault(name, value)


def word(folder: Folder) -> Path:
    return folder.sockets / "environment.json"
