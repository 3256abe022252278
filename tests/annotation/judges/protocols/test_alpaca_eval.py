from math import log

import pytest

from annotation.judges.config.description import Judge
from annotation.judges.config.published.alpaca_eval import switched
from annotation.judges.protocols import alpaca_eval
from annotation.judges.protocols.answers import Unparsed
from annotation.judges.runs.questions import questions
from annotation.models import Author, Pair, Prompt, Response, Shown
from tests.annotation.judges.protocols.calls import call

JUDGE = Judge(
    title="A",
    says="B",
    version=1,
    protocol="alpaca_eval",
    order_seed=0,
    user="<|im_start|>user\n{instruction}|{output_1}|{output_2}<|im_end|>",
    parser="logprob_parser",
    parser_settings={"numerator_token": "m", "denominator_tokens": ["m", "M"], "is_binarize": False},
)


def test_the_same_instruction_is_drawn_the_same_way_wherever_the_baseline_lies() -> None:
    for number in range(20):
        prompt = Prompt(text=f"do {number}")
        base, model = (Response(text=name, author=Author(name=name)) for name in ("base", "model"))
        shown = "model|base" if switched(prompt.text) else "base|model"
        for left, right in ((base, model), (model, base)):
            pair = Pair(prompt=prompt, left=left, right=right, metadata={"baseline": "base"})
            (question,) = questions(JUDGE, pair)
            assert question.messages == [{"role": "user", "content": f"{prompt.text}|{shown}"}]


def test_a_share_is_kept_and_graded() -> None:
    odds = [{"token": "m", "logprob": log(0.2)}, {"token": "M", "logprob": log(0.6)}]
    said = alpaca_eval.read(JUDGE, "M", odds)
    assert said.preference == pytest.approx(0.75) and said.grade == 2


def test_a_bare_winner_is_better_and_not_much_better() -> None:
    assert alpaca_eval.read(JUDGE, "M", [{"token": "M", "logprob": -1.0}])[:3] == (2, "", 1)
    assert alpaca_eval.combine(JUDGE, [call(Shown.LEFT_FIRST, grade=-2, preference=0.0)])[:3] == (-2, None, 0)


def test_a_completion_without_a_preference_says_which_parser_found_none() -> None:
    with pytest.raises(Unparsed, match="logprob_parser"):
        alpaca_eval.read(JUDGE, "Both", [])
