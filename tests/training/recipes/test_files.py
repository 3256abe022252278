"""A recipe as a file: what is read is what was written, and every fault names its place and the remedy."""

from itertools import pairwise

import msgspec
import pytest

from training.recipes import files
from training.recipes.files import FileInvalid
from training.recipes.stages import CheckpointOf, Given, StageOutput, StageVersion

MINE = """
recipe: mine
title: Mine
needs:
  base: {kind: policy, help: The model that SFT starts from.}
  train: {kind: demonstrations}
  judge: {kind: judge}
stages:
  - name: sft
    kind: sft
    starts_from: base
    inputs: {train: train}
    settings: {learning_rate: 3.0e-05, epochs: 1}
  - name: samples
    kind: sample
    starts_from: sft
    inputs: {prompts: train}
  - name: preferences
    kind: judge
    settings: {judge: {$given: judge}}
    inputs: {responses: samples/responses.jsonl}
  - name: dpo
    kind: dpo
    starts_from: sft
    inputs: {train: "preferences:preferences"}
    after: [samples]
  - name: kto
    kind: kto
    starts_from: dpo
    inputs: {train: "preferences:preferences"}
    settings: {desirable_weight: 1.2}
"""


def fault(text: str) -> str:
    with pytest.raises(FileInvalid) as refused:
        files.read(text)
    return str(refused.value)


def test_a_file_becomes_stages_with_what_they_refer_to() -> None:
    stages = {stage.name: stage for stage in files.pipeline(files.read(MINE)).stages}
    assert stages["sft"].settings == {"learning_rate": 3e-5, "epochs": 1}
    assert stages["preferences"].settings == {"judge": Given("judge")}
    assert stages["preferences"].inputs == {"responses": StageOutput("samples", "responses.jsonl")}
    assert stages["dpo"].inputs == {"train": StageVersion("preferences", "preferences")}
    assert stages["dpo"].uses == {"sft", "preferences", "samples"}
    assert stages["kto"].uses == {"dpo", "preferences"}


def test_json_is_read_too_and_what_is_written_is_read_as_the_same() -> None:
    read = files.read(MINE)
    assert files.read(files.written(read)) == read == files.convert(msgspec.to_builtins(read))


def test_a_checkpoint_in_settings_is_written_by_a_mark() -> None:
    settings = {"comparisons": [{"checkpoint": CheckpointOf("sft"), "control": False}]}
    plain = files.marked(settings)
    assert plain == {"comparisons": [{"checkpoint": {"$checkpoint": "sft"}, "control": False}]}
    assert files.unmarked(plain) == settings


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("title: Mine", "title: ''"), "at `$.title`"),
        (("kind: dpo", "kind: ppo"), "stages[3] (dpo).kind: there is no 'ppo'"),
        (("kind: dpo", "kind: recipe"), "stages[3] (dpo).kind"),
        (("name: samples", "name: sft"), "stages[1] (sft): the name is taken"),
        (("name: samples", "name: Samples!"), "at `$.stages[1].name`"),
        (("starts_from: base", "starts_from: bass"), "stages[0] (sft): 'bass' is no need and no stage before it"),
        (("after: [samples]", "after: [later]"), "'later' is no need and no stage before it"),
        (("epochs: 1", "epochs: -1"), "stages[0] (sft).settings.epochs: -1 is not above 0"),
        (("epochs: 1", "epoch: 1"), "stages[0] (sft).settings.epoch: There is no such setting"),
        (("samples/responses.jsonl", "samples/../../1/data/train.jsonl"), "stages[2] (preferences).inputs.responses"),
        (("samples/responses.jsonl", "samples/.ssh"), "write stage/name.jsonl"),
        (("kind: demonstrations", "kind: anything"), "$.needs"),
        (("settings: {learning_rate", "sittings: {learning_rate"), "unknown field `sittings`"),
        (("recipe: mine", "recipe: [mine"), "no YAML"),
    ],
)
def test_a_fault_names_its_place(change: tuple[str, str], says: str) -> None:
    assert says in fault(MINE.replace(*change))


@pytest.mark.parametrize("text", ["", "[]", "3", "stages: []", "{", "\x00", "!!python/object:os.system {}"])
def test_what_is_no_recipe_is_refused_in_words(text: str) -> None:
    assert fault(text)


def test_aliases_which_could_grow_without_end_are_refused_before_they_are_read() -> None:
    rows = "\n".join(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]" for before, name in pairwise("abcdefghi"))
    assert "aliases" in fault(f"a: &a [x]\n{rows}")


def test_a_file_of_any_size_is_not_read() -> None:
    assert "longer than 1,000,000 characters" in fault("#" * 1_000_001)
