"""What a judge may follow besides quality: a clearly longer text, a list. Pure."""

import re

# AlpacaEval's threshold: texts closer in length than this do not differ in length.
SIGNIFICANT_LENGTH = 30  # characters
LIST_ITEM = re.compile(r"^[ \t]*(?:\d+[.)]|[-*+•])\s+\S", re.MULTILINE)
# AlpacaEval's sign of a list is looser than ours: a mark, space or none, a word. The full stop between two sentences
# may pass for one, so its figure is kept apart, to stand beside published ones.
PUBLISHED_LIST_ITEM = re.compile(r"(?:[•*-]|[a-zA-Z][.)]|\d[.)])\s*\w")


def has_list(text: str) -> bool:
    """Whether at least two lines begin as items of a numbered or bulleted list."""
    return len(LIST_ITEM.findall(text)) > 1


def has_list_as_published(text: str) -> bool:
    """Whether AlpacaEval takes the text for one with a list (its `get_list_biases`, which counts as a card does)."""
    return PUBLISHED_LIST_ITEM.search(text) is not None
