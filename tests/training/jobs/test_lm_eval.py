"""Classical benchmarks by the real harness, on tasks of a dozen items made here."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.training import toy_tasks
from tests.training.jobs import tiny_models
from tests.training.jobs.conftest import Run, ask, make
from training.jobs.running import Job, StopRequest
from training.jobs.tokenizer import load_tokenizer
from training.rundir import RunDir
from training.specs import LmEval

lm_eval = pytest.importorskip("lm_eval", reason='the extra is not installed: make run EXTRAS="train lm_eval"')

from lm_eval.api.instance import Instance  # noqa: E402

from training.jobs import lm_eval as program  # noqa: E402


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    return toy_tasks.write(tmp_path / "tasks")


def found(run: RunDir, task: str) -> list[program.TaskFigures]:
    return msgspec.json.decode((run.output / f"{task}.json").read_bytes(), type=list[program.TaskFigures])


def test_the_figures_are_those_of_the_harness_called_by_hand(do: Run, base: str, tasks: Path) -> None:
    run, result = do("lm_eval", base=base, tasks=["toy_choose", "toy_write"], tasks_dir=str(tasks), num_fewshot=0)
    assert result.state == "succeeded", result.error
    by_hand = lm_eval.simple_evaluate(
        model="hf",
        model_args={"pretrained": base, "dtype": "float32", "device": "cpu"},
        tasks=["toy_choose", "toy_write"],
        num_fewshot=0,
        task_manager=lm_eval.tasks.TaskManager(include_path=str(tasks), include_defaults=False),
    )["results"]
    [choose], [write] = found(run, "toy_choose"), found(run, "toy_write")
    assert choose.main and write.main
    assert (choose.main.name, choose.n, choose.version, choose.num_fewshot) == ("acc", 6, "2.0", 0)
    assert choose.main.value == by_hand["toy_choose"]["acc,none"]
    assert choose.main.standard_error == pytest.approx(by_hand["toy_choose"]["acc_stderr,none"])
    assert (write.main.name, write.main.value) == ("exact_match", by_hand["toy_write"]["exact_match,none"])


def test_a_group_has_its_parts_beside_it(do: Run, base: str, tasks: Path) -> None:
    run, _ = do("lm_eval", base=base, tasks=["toys"], tasks_dir=str(tasks), limit=3)
    rows = {row.task: row for row in found(run, "toys")}
    assert {name: (row.part_of, row.n) for name, row in rows.items()} == {
        "toys": ("", 6),
        "toy_choose": ("toys", 3),
        "toy_pick": ("toys", 3),
    }
    assert rows["toys"].main and rows["toys"].main.name == "acc"


def test_a_task_that_nobody_knows_is_named(do: Run, base: str, tasks: Path) -> None:
    _, result = do("lm_eval", base=base, tasks=["toy_choose", "no_such"], tasks_dir=str(tasks))
    assert result.state == "failed"
    assert "tasks: no_such: neither in the harness" in result.error


def test_what_was_measured_is_not_measured_again(
    do: Run, base: str, tasks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that is stopped between two tasks goes on with the second."""
    asked: list[str] = []
    measured = program.measured

    def noted(spec: Any, task: str, *rest: Any) -> list[program.TaskFigures]:
        asked.append(task)
        return measured(spec, task, *rest)

    monkeypatch.setattr(program, "measured", noted)
    monkeypatch.setattr(StopRequest, "asked", property(lambda stop: bool(asked)))
    told = {"base": base, "tasks": ["toy_choose", "toy_write"], "tasks_dir": str(tasks)}
    assert do("lm_eval", name="stopped", **told)[1].state == "cancelled"
    monkeypatch.setattr(StopRequest, "asked", False)
    run, result = do("lm_eval", name="stopped", **told)
    assert result.state == "succeeded" and asked == ["toy_choose", "toy_write"]
    assert run.read_metrics()[0][-1].keys() == {"step", "toy_write"}


def test_an_answer_ends_with_its_turn_and_is_read_without_its_end(tmp_path: Path) -> None:
    """The token that ends a turn of this model is neither its EOS nor marked as special."""
    path = tiny_models.publish(tmp_path / "model", special=False)
    run, spec = make(tmp_path / "run", "lm_eval", base=str(path)), LmEval(gpus=0, precision="fp32")
    job, tokenizer = Job(run, spec, StopRequest(run)), load_tokenizer(path, spec)
    asked = tokenizer.apply_chat_template(ask("List."), add_generation_prompt=True, tokenize=False)
    ids = tokenizer.encode(asked, add_special_tokens=False)
    end = tokenizer.convert_tokens_to_ids("<end_of_turn>")
    answer = tokenizer.decode(tiny_models.end_after(path, ids, end))
    model = program.load_model(job, path)
    request = Instance("generate_until", {}, (asked, {"until": ["never"], "max_gen_toks": 20, "do_sample": False}), 0)
    assert model.generate_until([request], disable_tqdm=True) == [answer]
