"""Of secrets that are shown once only this is kept."""

import hashlib


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
