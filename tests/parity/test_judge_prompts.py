"""AlpacaEval's judge prompts, filled from the published configuration files."""

import json
from pathlib import Path

import pytest

from annotation.judges.config.published.alpaca_eval import messages

TEMPLATES = ["alpaca_eval_gpt4/alpaca_eval.txt", "alpaca_eval_clf_gpt4_turbo/alpaca_eval_clf.txt"]


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_answer_stands_once_in_its_place(data: Path, name: str) -> None:
    template = (data / "alpaca_eval" / "evaluators_configs" / name).read_text()
    outputs = data / "alpaca_eval" / "model_outputs"
    model, baseline = (json.loads((outputs / f"{which}.json").read_text()) for which in ("vicuna-13b", "alpaca-7b"))
    for ours, theirs in zip(model, baseline, strict=True):
        system, user = messages(template, ours["instruction"], theirs["output"], ours["output"])
        filled = template.replace("{instruction}", ours["instruction"], 1)
        filled = filled.replace("{output_1}", theirs["output"], 1).replace("{output_2}", ours["output"], 1)
        assert [system["role"], user["role"]] == ["system", "user"]
        assert f"<|im_start|>user\n{user['content']}\n<|im_end|>" in filled
