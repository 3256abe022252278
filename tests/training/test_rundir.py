"""The run directory: whole or not there, whoever looks and whenever."""

import json
import time
from pathlib import Path

import pytest

from tests.training.frozen import write_data
from training import rundir
from training.rundir import (
    MetricsWriter,
    ProgramProgress,
    ProgressWriter,
    Result,
    RunDir,
    describe_outputs,
    read_records,
)
from training.specs import KeepBest, Sft, SpecError


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    return RunDir.create(tmp_path / "7", Sft(seed=3, base="../6/output"))


def checkpoint(run: RunDir, step: int, state: str = "{}") -> Path:
    path = run.checkpoints / f"checkpoint-{step}"
    path.mkdir(parents=True)
    (path / rundir.STATE).write_text(state)
    return path


def test_the_spec_comes_back_as_it_was_written(run: RunDir) -> None:
    assert run.spec == Sft(seed=3, base="../6/output")


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "spec.json: is no JSON"), ("[]", "must hold one JSON object"), ("{}", "there is no ''")],
)
def test_a_spoilt_spec_is_an_error_in_words(run: RunDir, text: str, message: str) -> None:
    (run.path / "spec.json").write_text(text)
    with pytest.raises(SpecError, match=message):
        _ = run.spec


def test_paths_are_relative_to_the_run_so_that_a_tree_of_runs_can_be_moved(run: RunDir, tmp_path: Path) -> None:
    assert run.resolve("../6/output") == tmp_path / "6" / "output"
    assert run.resolve("/models/llama") == Path("/models/llama")
    (tmp_path / "6").mkdir()
    (tmp_path / "6" / "best.jsonl").write_text("{}\n")
    assert run.data_file(tmp_path / "6" / "best.jsonl").path == "../6/best.jsonl"


def test_data_is_read_back_as_it_was_frozen(run: RunDir) -> None:
    file = write_data(run, "train", ({"n": n, "text": "é\n"} for n in range(3)))
    assert list(run.read_data(file)) == [{"n": n, "text": "é\n"} for n in range(3)]
    assert file == run.data_file(run.path / "data" / "train.jsonl")


def test_data_that_was_changed_or_lost_is_refused_with_a_remedy(run: RunDir) -> None:
    file = write_data(run, "train", [{"n": 1}])
    (run.path / file.path).write_text('{"n":2}\n')
    with pytest.raises(SpecError, match="was changed after the run was made; freeze a new version"):
        run.read_data(file)
    (run.path / file.path).unlink()
    with pytest.raises(SpecError, match="is not there; copy it back"):
        run.read_data(file)


def test_a_bad_line_is_named_by_its_number(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"a": 1}\n[1]\n')
    with pytest.raises(SpecError, match=r"x.jsonl line 2: .*each line must be one JSON object"):
        list(read_records(tmp_path / "x.jsonl"))


def test_metrics_are_tailed_from_where_the_reader_stopped(run: RunDir) -> None:
    writer = run.metrics()
    writer.append(1, {"loss": 2.5})
    first, offset = run.read_metrics()
    writer.append(2, {"loss": 2.0, "grad_norm": 1.0})
    assert first == [{"step": 1, "loss": 2.5}]
    assert run.read_metrics(offset)[0] == [{"step": 2, "loss": 2.0, "grad_norm": 1.0}]
    assert run.read_metrics(run.read_metrics(offset)[1]) == ([], run.read_metrics()[1])


def test_a_line_that_is_still_being_written_waits(run: RunDir) -> None:
    run.metrics().append(1, {"loss": 2.5})
    with (run.path / "metrics.jsonl").open("ab") as file:
        file.write(b'{"step": 2, "lo')
    metrics, offset = run.read_metrics()
    assert metrics == [{"step": 1, "loss": 2.5}]
    run.metrics().append(2, {"loss": 1.0})
    assert run.read_metrics(offset)[0] == [{"step": 2, "loss": 1.0}]


def test_a_value_that_is_not_finite_is_left_out(run: RunDir) -> None:
    MetricsWriter(run.path / "metrics.jsonl").append(1, {"loss": float("nan"), "grad_norm": 3.0})
    assert run.read_metrics()[0] == [{"step": 1, "grad_norm": 3.0}]


def test_a_run_without_news_reads_as_such(run: RunDir) -> None:
    assert run.read_metrics() == ([], 0)
    assert run.read_progress() is None and run.read_result() is None and run.newest_checkpoint() is None


def test_progress_tells_rate_and_time_left_of_this_start(run: RunDir, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 100.0, 110.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    ticker = ProgressWriter(run, total=100, unit="steps", done=40)
    ticker.tell(60)
    assert run.read_progress() == ProgramProgress(60, 100, "steps", rate=2.0, eta_seconds=20.0)


# Of 150 steps of a real SFT of a tiny model on two crowded cores, in hundredths of a second.
RECORDED = """
18 13 12 10 11 11 11 11 11 13 11 12 11 11 10 11 11 12 13 12 12 15 10 12 19 15 17 15 12 19 16 21 19 20 20 13
14 14 15 12 11 9 9 9 9 9 9 12 12 13 16 12 12 10 15 15 15 15 16 14 16 17 15 16 17 17 18 17 19 21 12 16 18 16
17 16 13 12 14 13 12 13 12 11 13 12 12 13 13 13 13 13 12 12 13 15 20 18 16 16 13 12 15 14 15 15 20 17 15 17
19 18 19 19 21 21 20 25 20 17 18 18 17 17 17 13 18 11 12 13 13 11 15 18 17 14 17 18 18 16 14 16 15 16 12 13
11 13 12 11
"""


@pytest.mark.parametrize("slow", [1, 10, 100])
def test_time_left_is_right_within_a_third_after_a_tenth_however_slow_the_first_steps_are(
    run: RunDir, monkeypatch: pytest.MonkeyPatch, slow: int
) -> None:
    seconds = [int(each) / 100 * (slow if step < 3 else 1) for step, each in enumerate(RECORDED.split())]
    now, total = 0.0, len(seconds)
    monkeypatch.setattr(time, "monotonic", lambda: now)
    ticker, wrong = ProgressWriter(run, total, "steps"), []
    for done, each in enumerate(seconds, 1):
        now += each
        ticker.tell(done)
        told, left = run.read_progress(), sum(seconds[done:])
        if told and told.done == done and total / 10 <= done < 0.9 * total:
            wrong += [done] if not 2 / 3 <= (told.eta_seconds or 0) / left <= 4 / 3 else []
    assert not wrong


def test_progress_is_written_once_a_second_and_at_the_end(run: RunDir, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.0, 0.5, 0.6])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    ticker = ProgressWriter(run, total=10, unit="steps")
    ticker.tell(1)
    assert run.read_progress() == ProgramProgress(0, 10, "steps")
    ticker.tell(10)
    progress = run.read_progress()
    assert progress and progress.done == 10


def test_the_newest_complete_checkpoint_wins(run: RunDir) -> None:
    checkpoint(run, 20)
    complete = checkpoint(run, 100)
    (checkpoint(run, 120) / rundir.INCOMPLETE).touch()
    checkpoint(run, 140, state='{"global_step": 1')
    (run.checkpoints / "checkpoint-160").mkdir()
    checkpoint(run, 180).rename(run.checkpoints / "checkpoint-old")
    assert run.newest_checkpoint() == complete


def test_a_wish_to_stop_is_a_file(run: RunDir) -> None:
    assert not run.cancel_requested
    (run.path / "cancel").touch()
    assert run.cancel_requested


def test_a_result_names_every_output_with_its_digest(run: RunDir) -> None:
    (run.output / "deep").mkdir(parents=True)
    (run.output / "deep" / "a.txt").write_text("abc")
    files = describe_outputs(run.output)
    run.finish(Result(kind="sft", state="succeeded", files=files, counts={"rows": 3}))
    result = run.read_result()
    assert result and result.files["deep/a.txt"].bytes == 3
    assert result.files["deep/a.txt"].sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert not list(run.path.glob("*.part"))
    assert json.loads((run.path / "result.json").read_text())["state"] == "succeeded"


def test_a_kind_that_makes_no_model_can_be_written_too(tmp_path: Path) -> None:
    assert isinstance(RunDir.create(tmp_path, KeepBest(keep=2)).spec, KeepBest)
