"""Judges as others published them: prompts read from their files, orders and parsers rebuilt.

Nothing of theirs is kept here: the user has the files.
"""

import re
from collections.abc import Mapping


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put values in place of {name}, in one pass: braces in a value or elsewhere mean nothing."""
    names = "|".join(map(re.escape, values))
    return re.sub(f"{{({names})}}", lambda found: values[found[1]], template)
