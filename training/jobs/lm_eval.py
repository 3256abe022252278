"""Classical benchmarks of a checkpoint: `python -m training.jobs.lm_eval RUNDIR`.

Output: one file for each task that was named, `output/TASK.json`, a list of `TaskFigures`: a group such as mmlu has
one for itself and one for each of its parts. A task that is on disk is not measured again.
"""

from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any, TypeGuard

import msgspec
from lm_eval import simple_evaluate
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager
from transformers import GenerationConfig

from training.jobs.checkpoints import device, load_policy, set_threads
from training.jobs.context_length import context_length
from training.jobs.end_tokens import end_tokens
from training.jobs.engines import chosen_engine
from training.jobs.kept_adapters import base_of
from training.jobs.running import Job, log, main
from training.jobs.tokenizer import load_tokenizer
from training.rundir import ProgressWriter, write_atomically
from training.specs import TYPES, LmEval, SpecError

# The figure that papers report, the first of these that a task has.
MAIN = ("acc_norm", "acc", "exact_match", "f1", "rouge1_max", "bleu_max")


class TaskMetric(msgspec.Struct, frozen=True):
    """`value` as the harness gives it, mostly a share in [0, 1], with its standard error."""

    name: str
    filter: str
    value: float
    standard_error: float | None = None


class TaskFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of one task. `n` counts items, `version` is the task's own."""

    task: str
    part_of: str
    version: str
    num_fewshot: int | None
    n: int
    main: TaskMetric | None
    metrics: list[TaskMetric]


def lm_eval(job: Job[LmEval]) -> None:
    base = job.checkpoint("base")
    set_threads(job.spec)
    manager = tasks_of(job.spec)
    model: Any = None
    ticker, metrics = ProgressWriter(job.run, len(job.spec.tasks), "tasks"), job.run.metrics()
    for place, task in enumerate(job.spec.tasks, start=1):
        job.stop.check()
        path = job.run.output / f"{task}.json"
        if not path.exists():
            model = model or load_model(job, base)
            found = measured(job.spec, task, model, manager)
            path.parent.mkdir(exist_ok=True)
            write_atomically(path, msgspec.json.encode(found))
            metrics.append(place, {one.task: one.main.value for one in found if one.main})
        ticker.tell(place)
    job.found.counts["tasks"] = len(job.spec.tasks)


def tasks_of(spec: LmEval) -> TaskManager:
    """The tasks to choose from. Raises SpecError where one that is wanted is not among them.

    Reading the harness's own some thousand takes seconds, so they are left out where your own suffice.
    """
    if spec.tasks_dir:
        own = TaskManager(include_path=spec.tasks_dir, include_defaults=False)
        if set(spec.tasks) <= set(own.all_tasks):
            return own
    manager = TaskManager(include_path=spec.tasks_dir or None)
    unknown = [task for task in spec.tasks if task not in manager.all_tasks]
    if unknown:
        yours = spec.tasks_dir or "a directory of yours, which STUDIO_LM_EVAL_TASKS would name"
        raise SpecError("tasks", f"{', '.join(unknown)}: neither in the harness (`lm_eval ls tasks`) nor in {yours}")
    return manager


def load_model(job: Job[LmEval], base: Path) -> Any:
    spec = job.spec
    tokenizer = load_tokenizer(base, spec)
    if chosen_engine(spec.engine, spec.gpus > 0) == "vllm":
        if base_of(base):
            raise SpecError("engine", "vllm measures whole weights only, and this is a kept adapter; use transformers")
        from lm_eval.models.vllm_causallms import VLLM

        told = str(published(job.run.checkpoints / "told", base, spec, tokenizer))
        return VLLM(
            pretrained=str(base),
            tokenizer=told,
            generation_config=told,
            trust_remote_code=spec.trust_remote_code,
            dtype=TYPES[spec.precision],
            tensor_parallel_size=max(1, spec.gpus),
            max_model_len=spec.max_length or None,
            gpu_memory_utilization=spec.gpu_memory,
            seed=spec.seed,
        )
    model = load_policy(base, spec, tokenizer).to(device(spec))
    # The harness drops special tokens from an answer, and the one that ended it may not be marked as one.
    ends = tokenizer.convert_ids_to_tokens(model.generation_config.eos_token_id)
    tokenizer.add_special_tokens({"additional_special_tokens": ends}, replace_extra_special_tokens=False)
    context = context_length(model.config, spec.max_length)
    return HFLM(pretrained=model, tokenizer=tokenizer, batch_size=spec.batch_size, max_length=context)


def published(folder: Path, base: Path, spec: LmEval, tokenizer: Any) -> Path:
    """The tokenizer with the spec's template, and the tokens that end an answer, in a folder for vLLM to read."""
    tokenizer.save_pretrained(folder)
    ends = end_tokens(base, tokenizer, spec.trust_remote_code)
    GenerationConfig(eos_token_id=list(ends), pad_token_id=tokenizer.pad_token_id).save_pretrained(folder)
    return folder


def measured(spec: LmEval, task: str, model: Any, manager: TaskManager) -> list[TaskFigures]:
    """Raises SpecError where a task's data cannot be had."""
    log.info("%s", task)
    try:
        found = simple_evaluate(
            model=model,
            tasks=[task],
            num_fewshot=None if spec.num_fewshot < 0 else spec.num_fewshot,
            limit=spec.limit or None,
            apply_chat_template=spec.chat,
            task_manager=manager,
            random_seed=spec.seed,
            numpy_random_seed=spec.seed,
            torch_random_seed=spec.seed,
            fewshot_random_seed=spec.seed,
            log_samples=False,
        )
    except (ConnectionError, FileNotFoundError) as error:
        raise SpecError("tasks", f"{task}: its data cannot be had ({error}); put it where its file says") from error
    return figures(task, found)


def figures(task: str, found: Any) -> list[TaskFigures]:
    rows: Mapping[str, Mapping[str, Any]] = found["results"]
    return [
        TaskFigures(
            task=name,
            part_of="" if name == task else task,
            version=str(found["versions"].get(name, "")),
            num_fewshot=found["n-shot"].get(name),
            n=items(name, found),
            main=headline(metrics),
            metrics=metrics,
        )
        for name, row in rows.items()
        if (metrics := metrics_of(row))
    ]


def items(name: str, found: Any) -> int:
    """Items that were asked; of a group, those of its parts."""
    asked = found["n-samples"]
    if name in asked:
        return int(asked[name]["effective"])
    parts = found.get("group_subtasks", {}).get(name, [])
    return sum(items(part, found) for part in parts)


def metrics_of(row: Mapping[str, Any]) -> list[TaskMetric]:
    """The harness writes `acc,none` and `acc_stderr,none`; what is not a finite number is left out."""
    found = []
    for key, value in row.items():
        name, comma, kept = key.partition(",")
        if comma and not name.endswith("_stderr") and is_number(value):
            error = row.get(f"{name}_stderr,{kept}")
            found.append(TaskMetric(name, kept, float(value), float(error) if is_number(error) else None))
    return found


def is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and isfinite(value)


def headline(metrics: list[TaskMetric]) -> TaskMetric | None:
    """The metric that papers report of such a task; where none of those is there, the first."""
    ranked = sorted(metrics, key=lambda one: MAIN.index(one.name) if one.name in MAIN else len(MAIN))
    return next(iter(ranked), None)


if __name__ == "__main__":
    main(lm_eval, LmEval)
