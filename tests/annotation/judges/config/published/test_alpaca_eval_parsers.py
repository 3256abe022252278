from typing import Any

import pytest

from annotation.judges.config.published.alpaca_eval_parsers import PARSERS

WORDS = {"outputs_to_match": {"1": r"(?:^|\n) ?Output \(a\)", "2": r"(?:^|\n) ?Output \(b\)"}}
TOKENS: dict[str, Any] = {"numerator_token": "m", "denominator_tokens": ["m", "M"]}
ODDS = [{"token": "m", "logprob": -1.0}, {"token": "M", "logprob": -2.0}]


@pytest.mark.parametrize(
    ("completion", "preference"),
    [("Output (a)", 1), (" Output (b)", 2), ("Output (b)\nOutput (a)", None), ("Output (c)", None), ("", None)],
)
def test_words_count_where_they_are_found_once(completion: str, preference: float | None) -> None:
    assert PARSERS["regex_parser"](completion, None, WORDS) == preference


@pytest.mark.parametrize(
    ("completion", "preference"), [("9 8\nwhy", 1), ("7, 8.5", 2), ("8 8", 1.5), ("Nine to eight", None)]
)
def test_two_scores_on_the_first_line_are_a_preference(completion: str, preference: float | None) -> None:
    assert PARSERS["lmsys_parser"](completion, None, {}) == preference


def test_odds_are_a_share_or_where_binarised_a_winner() -> None:
    share = PARSERS["logprob_parser"]("m", ODDS, TOKENS | {"is_binarize": False})
    assert share == pytest.approx(1.268941, abs=1e-6)
    assert PARSERS["logprob_parser"]("m", ODDS, TOKENS) == 1
    assert PARSERS["logprob_parser"]("m", [ODDS[1]], TOKENS) == 2
    assert PARSERS["logprob_parser"]("m", None, TOKENS) is None


def test_a_ranking_may_call_its_models_otherwise() -> None:
    ranking = "[{'model': 'm', 'rank': 2}, {'model': 'M', 'rank': 1}]"
    assert PARSERS["ranking_parser"](ranking, None, {"model_1_name": "m"}) == 2


def test_brackets_without_end_are_no_ranking() -> None:
    assert PARSERS["ranking_parser"]("[" * 100_000, None, {}) is None
