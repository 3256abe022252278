"""AlpacaEval's parsers by the names in its configurations.

They give 1 where the first answer is better, 2 where the second is, and None where the completion does not say.
Behaviour of tatsu-lab/alpaca_eval: `completion_parsers.py`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from annotation.judges.config.published.alpaca_eval import logprob_preference, ranking_preference
from annotation.judges.config.published.fastchat import first_line_scores

Logprobs = Sequence[Mapping[str, Any]] | None
Parser = Callable[[str, Logprobs, Mapping[str, Any]], float | None]


def by_rank(raw: str, logprobs: Logprobs, settings: Mapping[str, Any]) -> float | None:
    return ranking_preference(raw, settings.get("model_1_name", "model_1"))


def by_logprob(raw: str, logprobs: Logprobs, settings: Mapping[str, Any]) -> float | None:
    """The first token's odds; where the configuration binarises, the likelier of the two, the second if equal."""
    first = settings["numerator_token"]
    (second,) = (token for token in settings["denominator_tokens"] if token != first)
    found = logprob_preference(logprobs or [], first, second)
    if found is None or not settings.get("is_binarize", True):
        return found
    return 1 if found < 1.5 else 2


def by_words(raw: str, logprobs: Logprobs, settings: Mapping[str, Any]) -> float | None:
    """The key of the pattern that matches, if exactly one match is found from beginning to end."""
    found: list[float] = []
    rest = raw
    while matches := [(match, key) for key, pattern in patterns(settings) if (match := re.search(pattern, rest))]:
        if found:
            return None
        match, key = min(matches, key=lambda one: one[0].start())
        found.append(key)
        if match.end() == 0:
            break
        rest = rest[match.end() :]
    return found[0] if found else None


def patterns(settings: Mapping[str, Any]) -> list[tuple[float, str]]:
    return [(float(key), pattern) for key, pattern in settings["outputs_to_match"].items()]


def by_scores(raw: str, logprobs: Logprobs, settings: Mapping[str, Any]) -> float | None:
    scores = first_line_scores(raw)
    if scores is None:
        return None
    first, second = scores
    return 1.5 if first == second else 1 if first > second else 2


PARSERS: dict[str, Parser] = {
    "ranking_parser": by_rank,
    "logprob_parser": by_logprob,
    "regex_parser": by_words,
    "lmsys_parser": by_scores,
}
