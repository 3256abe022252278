"""AlpacaEval's judges: the chat that is asked, the seeded order of the answers, and the parsers.

A preference is 1 where the first answer is better, 2 where the second is; between lies doubt.
Behaviour of tatsu-lab/alpaca_eval: `annotators/pairwise_evaluator.py`, `completion_parsers.py`.
"""

import ast
import re
from collections.abc import Mapping, Sequence
from math import exp, inf
from random import Random
from typing import Any

from annotation.judges.config.published import fill

CHAT_TURN = re.compile(r"<\|im_start\|>(\w+)\n(.*?)<\|im_end\|>", re.DOTALL)


def messages(template: str, instruction: str, first: str, second: str) -> list[dict[str, str]]:
    """The chat of a template of <|im_start|>role … <|im_end|> turns.

    The template is cut into turns before it is filled, so no answer can add a turn.
    """
    values = {"instruction": instruction, "output_1": first, "output_2": second}
    return [{"role": role, "content": fill(content.strip(), values)} for role, content in CHAT_TURN.findall(template)]


def switched(instruction: str, seed: int = 0) -> bool:
    """Whether the judge sees the two answers of this instruction exchanged; the same for every model."""
    return Random(f"is_switched_outputs{instruction}{seed}").choices([False, True], k=1)[0]


def ranking_preference(completion: str, first: str = "model_1") -> int | None:
    """The rank given to the first model in a Python list of {'model', 'rank'}; None where there is none."""
    try:
        ranking = ast.literal_eval(completion.strip())
        ranks = {row["model"]: row["rank"] for row in ranking}
    except (SyntaxError, ValueError, TypeError, KeyError, RecursionError, MemoryError):
        # Brackets in brackets, deep enough, end in one of the last two.
        return None
    rank = ranks.get(first)
    return rank if rank in (1, 2) else None


def logprob_preference(top_logprobs: Sequence[Mapping[str, Any]], first: str = "m", second: str = "M") -> float | None:
    """2 − P(first) by the log-probabilities of the two identifiers; None where neither is among them."""
    found = {row["token"]: float(row["logprob"]) for row in top_logprobs}
    ours, theirs = found.get(first, -inf), found.get(second, -inf)
    likelier = max(ours, theirs)
    if likelier == -inf:
        return None
    return 2 - exp(ours - likelier) / (exp(ours - likelier) + exp(theirs - likelier))
