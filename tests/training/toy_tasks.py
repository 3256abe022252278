"""Tasks of a few items for the evaluation harness, as files that it reads."""

from pathlib import Path
from typing import Any

import msgspec
import yaml

WORDS = ("saw", "rope", "nail", "drill", "file", "plane")
CHOOSE = [
    {"question": f"The {word} is a", "choices": ["tool", "song"], "answer": n % 2} for n, word in enumerate(WORDS)
]
WRITE = [{"question": f"Say {word}.", "answer": word} for word in WORDS]


def write(folder: Path) -> Path:
    """A directory with two tasks to choose in and a group of both, and a task to write in."""
    folder.mkdir()
    choose: dict[str, Any] = {
        "output_type": "multiple_choice",
        "doc_to_choice": "choices",
        "metric_list": [{"metric": "acc"}],
    }
    write: dict[str, Any] = {
        "output_type": "generate_until",
        "generation_kwargs": {"until": ["\n"], "max_gen_toks": 4},
    }
    write["metric_list"] = [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}]
    kinds = (("toy_choose", CHOOSE, choose), ("toy_pick", CHOOSE[:4], choose), ("toy_write", WRITE, write))
    for name, records, rest in kinds:
        data = folder / f"{name}.jsonl"
        data.write_bytes(b"\n".join(map(msgspec.json.encode, records)))
        head: dict[str, Any] = {
            "task": name,
            "dataset_path": "json",
            "dataset_kwargs": {"data_files": {"test": str(data)}},
        }
        head |= {"test_split": "test", "doc_to_text": "{{question}}", "doc_to_target": "answer"}
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(head | rest | {"metadata": {"version": 2.0}}))
    group: dict[str, Any] = {
        "group": "toys",
        "task": ["toy_choose", "toy_pick"],
        "aggregate_metric_list": [{"metric": "acc"}],
    }
    (folder / "toys.yaml").write_text(yaml.safe_dump(group))
    return folder
