"""FastChat's judge of single answers: a rating in double brackets."""

import pytest
from msgspec.structs import replace

from annotation.judges.config.description import Judge
from annotation.judges.protocols import fastchat_single
from annotation.judges.protocols.answers import Unparsed
from tests.annotation.judges.protocols.calls import call

SINGLE = Judge(title="A", says="B", version=1, protocol="fastchat_single", name="fastchat/single")


def test_a_rating_is_of_the_response_shown_first() -> None:
    assert fastchat_single.read(SINGLE, "Good. Rating: [[8.5]]").scores == (8.5, None)
    with pytest.raises(Unparsed, match=r"\[\[9\]\]"):
        fastchat_single.read(SINGLE, "Good.")


def test_of_a_pair_both_ratings_decide_and_the_margin_is_a_tie() -> None:
    both = [call(scores=[8, None]), call(shown="right_first", scores=[None, 7])]
    assert fastchat_single.combine(SINGLE, both)[:2] == (-1, None)
    assert fastchat_single.combine(replace(SINGLE, tie_within=1.0), both).grade == 0


def test_the_whole_answer_is_the_reason() -> None:
    assert fastchat_single.read(SINGLE, " Good.\nRating: [[8]] \n").rationale == "Good.\nRating: [[8]]"
