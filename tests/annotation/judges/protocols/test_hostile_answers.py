"""A judge may repeat itself until its tokens end, or mean harm: no answer takes longer to read than its length."""

from contextlib import suppress

import pytest

from annotation.judges import protocols
from annotation.judges.config import registry
from annotation.judges.config.published.alpaca_eval_parsers import by_words
from annotation.judges.protocols.answers import Unparsed
from tests.linear import is_linear

BEGINNINGS = {
    "xwin_pair": ["Verdict", "Verdict:"],
    "rating": ["Rating", "Rating: 1"],
    "ranking": ["Ranking", "Ranking: A"],
    "evidence": ["Score of", "Score of A: 1"],
}


@pytest.mark.parametrize("name", BEGINNINGS)
@pytest.mark.parametrize("repeated", ["\n", "-\n", "=:", "=", "1", "/"])
def test_no_answer_takes_longer_than_its_length(name: str, repeated: str) -> None:
    judge = registry.load(name)

    def read(raw: str) -> None:
        with suppress(Unparsed):
            protocols.of(judge).read(judge, raw, None)

    assert all(is_linear(read, repeated, before, "x\n!") for before in BEGINNINGS[name])


def test_the_same_word_again_and_again_is_no_choice() -> None:
    settings = {"outputs_to_match": {"1": r"Output \(a\)", "2": r"Output \(b\)"}}
    assert by_words("Output (a)", None, settings) == 1
    assert is_linear(lambda raw: by_words(raw, None, settings), "Output (a) ")
