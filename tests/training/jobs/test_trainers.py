"""What the trainers share, without one: arguments, what is told at each step, and how they stop."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from transformers.trainer_pt_utils import LengthGroupedSampler

from tests.training.jobs.conftest import make
from training.jobs import trainers
from training.jobs.running import Job, JobFailed, JobStopped, StopRequest
from training.jobs.trainers import ProgressCallback, agreed, arguments, fit, mean_loss, save
from training.jobs.watching import Diverged, Watched, weighed
from training.rundir import RunDir


def job(run: RunDir) -> Job[Any]:
    return Job(run, run.spec, StopRequest(run))


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    return make(tmp_path / "run", "sft", base="/models/none")


def state(step: int, whole: int = 10) -> Any:
    return SimpleNamespace(global_step=step, max_steps=whole, logging_steps=10, log_history=list[Any]())


def control() -> Any:
    return SimpleNamespace(should_save=False, should_training_stop=False, should_log=False)


class FakeTrainer:
    """Trains so many steps, as transformers calls its callbacks, and writes what transformers would."""

    def __init__(self, steps: int = 3) -> None:
        self.steps, self.callbacks, self.resumed, self.saved = steps, list[Any](), "", Path()
        self.state = state(0, steps)
        self.eval_dataset = None
        self.model = torch.nn.Linear(3, 2)

    def add_callback(self, callback: Any) -> None:
        self.callbacks.append(callback)

    def train(self, resume_from_checkpoint: str | None) -> None:
        self.resumed, told = resume_from_checkpoint or "", control()
        for callback in self.callbacks:
            callback.on_train_begin(None, self.state, told)
            while self.state.global_step < self.steps and not told.should_training_stop:
                self.state.global_step += 1
                self.state.log_history.append({"step": self.state.global_step, "loss": 0.5})
                callback.on_step_end(None, self.state, told)

    def save_model(self, path: str) -> None:
        self.saved = Path(path)
        self.saved.mkdir(parents=True, exist_ok=True)
        for name in trainers.NOT_OURS:
            (self.saved / name).write_bytes(b"")
        save_file({"weight": torch.zeros(6, 7)}, self.saved / "model.safetensors")


def test_a_step_of_the_optimiser_is_the_batch_of_the_spec_whatever_fits_a_device(tmp_path: Path) -> None:
    for micro, gpus, device, accumulation in ((4, 0, 4, 8), (64, 1, 32, 1), (4, 2, 4, 4)):
        made = make(tmp_path / f"{micro}-{gpus}", "sft", batch_size=32, micro_batch_size=micro, gpus=gpus)
        given = arguments(job(made))
        assert given["per_device_train_batch_size"] == device
        assert given["gradient_accumulation_steps"] == accumulation


def test_a_run_without_a_gpu_uses_none_and_reports_to_nobody(run: RunDir) -> None:
    given = arguments(job(run))
    assert (given["use_cpu"], given["bf16"], given["report_to"]) == (True, False, "none")
    assert (given["seed"], given["data_seed"], given["output_dir"]) == (7, 7, str(run.checkpoints))


def test_rows_of_like_length_come_in_an_order_that_hangs_on_the_seed_of_rows_and_the_epoch_alone() -> None:
    like = LengthGroupedSampler(2, lengths=list(range(40)))

    class Trainer:
        args = SimpleNamespace(data_seed=5)

        def _get_train_sampler(self) -> Any:
            return like

    class Ours(Watched, Trainer):
        def __init__(self) -> None: ...

    ours = Ours()
    first, again = ours._get_train_sampler(), ours._get_train_sampler()
    torch.manual_seed(1)
    order = list(first)
    torch.manual_seed(2)
    assert list(again) == order and sorted(order) == list(range(40))
    again.set_epoch(1)
    other = list(again)
    assert other != order
    again.set_epoch(1)
    assert list(again) == other


def test_a_wish_to_stop_becomes_a_checkpoint_and_the_end(run: RunDir) -> None:
    teller, told = ProgressCallback(job(run)), control()
    teller.on_step_end(None, state(3), told)
    assert not told.should_training_stop
    (run.path / "cancel").touch()
    teller.on_step_end(None, state(4), told)
    assert told.should_save and told.should_training_stop and teller.stopped


def test_a_wish_to_stop_at_the_last_step_comes_too_late(run: RunDir) -> None:
    teller, told = ProgressCallback(job(run)), control()
    (run.path / "cancel").touch()
    teller.on_step_end(None, state(10), told)
    assert not (told.should_training_stop or teller.stopped)


def test_metrics_and_progress_are_written_as_they_come(run: RunDir) -> None:
    teller = ProgressCallback(job(run))
    teller.on_train_begin(None, state(4), control())
    teller.on_log(None, state(5), control(), {"loss": 1, "epoch": 0.5})
    teller.on_step_end(None, state(10), control())
    progress = run.read_progress()
    assert progress and (progress.done, progress.total, progress.unit) == (10, 10, "steps")
    assert [(row["step"], row["loss"]) for row in run.read_metrics()[0]] == [(5, 1.0)]


@pytest.mark.parametrize(("whole", "every"), [(10, 10), (20_000, 10), (100_000, 50), (100_001, 51)])
def test_a_long_run_logs_so_rarely_that_its_curves_stay_short(run: RunDir, whole: int, every: int) -> None:
    told = state(0, whole)
    ProgressCallback(job(run)).on_train_begin(None, told, control())
    assert told.logging_steps == every and whole / every <= trainers.POINTS


def test_of_several_processes_the_others_write_nothing(run: RunDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")
    teller = ProgressCallback(job(run))
    teller.on_train_begin(None, state(0), control())
    teller.on_log(None, state(5), control(), {"loss": 1.0})
    teller.on_step_end(None, state(10), control())
    assert run.read_progress() is None and run.read_metrics()[0] == []


@pytest.mark.parametrize(("asked", "others", "stops"), [(False, 1, True), (True, 0, True), (False, 0, False)])
def test_all_processes_stop_where_any_was_asked(
    monkeypatch: pytest.MonkeyPatch, asked: bool, others: int, stops: bool
) -> None:
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_backend", lambda: "gloo")
    monkeypatch.setattr(torch.distributed, "all_reduce", lambda flag, how: flag.clamp_(min=others))
    assert agreed(asked) is stops


def test_a_run_ends_with_its_steps_and_its_loss(run: RunDir) -> None:
    made, trainer = job(run), FakeTrainer(steps=3)
    fit(made, trainer)
    assert (made.found.counts["steps"], made.found.figures["train_loss"]) == (3, 0.5)
    assert (trainer.resumed, made.found.resumed_from) == ("", "")


def test_a_run_that_was_stopped_counts_no_end(run: RunDir) -> None:
    made = job(run)
    (run.path / "cancel").touch()
    with pytest.raises(JobStopped):
        fit(made, FakeTrainer(steps=3))
    assert "steps" not in made.found.counts


def test_it_goes_on_from_the_newest_checkpoint_and_says_which(run: RunDir) -> None:
    for step in (2, 10):
        (run.checkpoints / f"checkpoint-{step}").mkdir(parents=True)
        (run.checkpoints / f"checkpoint-{step}" / "trainer_state.json").write_text("{}")
    made, trainer = job(run), FakeTrainer()
    fit(made, trainer)
    assert Path(trainer.resumed).name == made.found.resumed_from == "checkpoint-10"


def test_weights_are_kept_without_pickles_and_model_cards(run: RunDir) -> None:
    made, trainer = job(run), FakeTrainer()
    save(made, trainer, load=lambda: None)
    assert [path.name for path in run.output.iterdir()] == ["model.safetensors"]
    assert made.found.figures["parameters"] == 42


def test_an_adapter_is_merged_into_the_untrained_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, merged = make(tmp_path / "lora", "sft", lora_rank=4), list[Any]()
    monkeypatch.setattr(trainers, "merge_adapter", lambda *given: merged.append(given))
    trainer = FakeTrainer()
    trainer.processing_class = SimpleNamespace(save_pretrained=lambda path: None)  # type: ignore[attr-defined]
    save(job(run), trainer, load=lambda: "the base")
    assert merged == [(run.checkpoints / "adapter", "the base", run.output)]
    assert not (run.output / "model.safetensors").exists()


@pytest.mark.parametrize(("step", "remedy"), [(1, "try precision fp32"), (3, "Lower learning_rate \\(0.01\\)")])
def test_a_training_that_diverged_says_when_what_is_left_and_what_to_do(run: RunDir, step: int, remedy: str) -> None:
    trainer = FakeTrainer()
    trainer.train = lambda **_: diverge(step)  # type: ignore[method-assign]
    says = f"The training diverged: the loss of step {step} is not a finite number.*no checkpoint before it.*{remedy}"
    with pytest.raises(JobFailed, match=says):
        fit(job(run), trainer)


def diverge(step: int) -> None:
    raise Diverged(f"the loss of step {step} is not a finite number", step)


@pytest.mark.parametrize("name", ["loss", "eval_loss"])
def test_a_logged_loss_that_is_no_number_ends_the_training(run: RunDir, name: str) -> None:
    with pytest.raises(Diverged, match=f"the {name} of step 5"):
        ProgressCallback(job(run)).on_log(None, state(5), control(), {name: float("nan")})


def test_the_loss_of_all_steps_counts_each_step_once() -> None:
    history = [{"step": 1, "loss": 4.0}, {"step": 2, "eval_loss": 9.0}, {"step": 3, "loss": 1.0}]
    assert mean_loss(history) == (1 * 4.0 + 2 * 1.0) / 3
    assert mean_loss([]) == 0.0


def test_a_last_batch_of_one_row_weighs_as_one_row() -> None:
    assert weighed([1.0, 0.0], [4, 1]) == 0.8
    assert weighed([128], [4, 1]) == 128
