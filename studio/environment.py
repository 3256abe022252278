"""Typed readers of the process environment that refuse nonsense.

Every secret may also come from a file: `NAME_FILE` names it (Docker and Kubernetes secrets).
"""

import os
from collections.abc import Collection
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit


class EnvironmentInvalid(Exception):
    """A variable is missing or cannot be read as what it must be."""


def text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise EnvironmentInvalid(f"{name} is not set. Set it, or start the studio with `make run`.")
    return value


def secret(name: str, default: str | None = None) -> str:
    path = os.environ.get(f"{name}_FILE")
    if path:
        return Path(path).read_text(encoding="utf-8").strip()
    return text(name, default)


def flag(name: str, default: bool = False) -> bool:
    value = os.environ.get(name, "").lower()
    if value in {"", "0", "1", "false", "true", "no", "yes"}:
        return value in {"1", "true", "yes"} if value else default
    raise EnvironmentInvalid(f"{name}={value!r}: write 1 or 0.")


def number(name: str, default: int) -> int:
    value = os.environ.get(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise EnvironmentInvalid(f"{name}={value!r}: write a whole number.") from None


def address(name: str, default: str) -> str:
    """A URL of http or https with a host and nothing behind its path; `default` may be empty."""
    value = text(name, default)
    try:
        parts = urlsplit(value)
        is_plain = bool(parts.hostname) and parts.port != 0 and parts.scheme in {"http", "https"}
    except ValueError:
        is_plain = False
    if value and (not is_plain or set("@?#") & set(value)):
        raise EnvironmentInvalid(f"{name} is no plain address. Write it as http://host:port/path, without a password.")
    return value


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list, blanks dropped."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def choice(name: str, default: str, allowed: Collection[str]) -> str:
    value = text(name, default)
    if value not in allowed:
        raise EnvironmentInvalid(f"{name}={value!r}: write {' or '.join(allowed)}.")
    return value


def mailbox(name: str, default: str) -> str:
    """An e-mail address, with or without a name before it: `Xwin Studio <studio@example.org>`."""
    value = text(name, default)
    at = parseaddr(value)[1]
    if "\n" in value or not all(at.rpartition("@")[::2]):
        raise EnvironmentInvalid(f"{name}={value!r}: write an e-mail address, such as studio@example.org.")
    return value
