"""Which packages a run stands on, and whether they go together."""

from typing import Any

import pytest

from training.worker import packages

WANTS = {
    "trl": ["transformers>=4.56.2", 'vllm<0.32; extra == "vllm"', "rich", 'tokenizers!=0.20.0; extra == "deepspeed"'],
    "vllm": ["torch==2.13.0", "transformers<5.18,>=5.10"],
    "torch": None,
    "transformers": ["tokenizers<=0.30"],
}
TOGETHER = {"torch": "2.13.0+cpu", "transformers": "5.17.0", "trl": "1.16.0", "vllm": "0.31.0"}


@pytest.fixture(autouse=True)
def wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "requires", WANTS.get)


def test_what_goes_together_is_not_complained_of() -> None:
    assert list(packages.conflicts(TOGETHER)) == []


def test_what_does_not_is_named_with_what_it_needs() -> None:
    found = packages.conflicts(TOGETHER | {"torch": "2.14.0", "transformers": "4.40.0"})
    assert {one.says for one in found} == {
        "trl 1.16.0 needs transformers >=4.56.2, and 4.40.0 is installed",
        "vllm 0.31.0 needs torch ==2.13.0, and 2.14.0 is installed",
        "vllm 0.31.0 needs transformers <5.18,>=5.10, and 4.40.0 is installed",
    }


def test_what_one_asks_for_beside_a_third_counts_where_that_is_there() -> None:
    """As TRL says which vLLM it works with, and DeepSpeed which transformers."""
    [newer] = packages.conflicts(TOGETHER | {"vllm": "0.40.0"})
    assert newer.packages == ("trl", "vllm")
    assert newer.says == "trl 1.16.0 needs vllm <0.32, and 0.40.0 is installed"
    [beside] = packages.conflicts(TOGETHER | {"deepspeed": "0.19.8", "tokenizers": "0.20.0"})
    assert beside.packages == ("trl", "tokenizers", "deepspeed")


@pytest.mark.parametrize(
    ("asked", "trains", "found"),
    [
        ({}, False, {"torch", "transformers"}),
        ({"sharding": "none"}, True, {"torch", "transformers", "trl"}),
        ({"sharding": "zero2"}, True, {"torch", "transformers", "trl", "deepspeed"}),
        ({"engine": "auto", "gpus": 1}, False, {"torch", "transformers", "vllm"}),
        ({"engine": "auto", "gpus": 0}, False, {"torch", "transformers"}),
    ],
)
def test_a_run_stands_on_what_it_loads(
    monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any], trains: bool, found: set[str]
) -> None:
    monkeypatch.setattr(packages, "installed", lambda: TOGETHER | {"deepspeed": "0.19.8"})
    assert set(packages.used(asked, trains)) == found
