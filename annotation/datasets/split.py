"""Which side of the split a prompt falls on. Pure."""

import hashlib

HEX_DIGITS = 15


def split_of(digest: str, test_share: float, seed: int) -> str:
    """`train` or `test`, by the prompt's digest and the seed alone: about `test_share` of all prompts are `test`."""
    drawn = int(hashlib.sha256(f"{seed}:{digest}".encode()).hexdigest()[:HEX_DIGITS], 16)
    return "test" if drawn < test_share * 16**HEX_DIGITS else "train"
