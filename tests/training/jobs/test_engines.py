"""Which engine is used."""

import pytest

from training.jobs import engines
from training.jobs.engines import chosen_engine
from training.specs import SpecError


def test_vllm_is_taken_where_it_is_installed_and_there_is_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda name: object())
    assert chosen_engine("auto", on_gpu=True) == "vllm"
    assert chosen_engine("auto", on_gpu=False) == "transformers"
    assert chosen_engine("transformers", on_gpu=True) == "transformers"
    assert chosen_engine("vllm", on_gpu=False) == "vllm"


def test_a_wish_for_an_absent_vllm_is_refused_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    assert chosen_engine("auto", on_gpu=True) == "transformers"
    with pytest.raises(SpecError, match="engine: vllm is not installed here; install it or use transformers"):
        chosen_engine("vllm", on_gpu=True)
