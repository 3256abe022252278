"""A fault in a recipe's file names its line."""

import pytest

from training.recipes import files
from training.recipes.files import FileInvalid

TEXT = """recipe: mine
title: Mine
needs: {base: {kind: policy}, train: {kind: demonstrations}}
stages:
  - name: tuned
    kind: sft
    starts_from: base
    inputs: {train: train}
    settings:
      epochs: 2
      learning_rate: 7
  - name: again
    kind: sft
    starts_from: nobody
    inputs: {train: train}
"""


def test_a_wrong_setting_and_a_wrong_name_each_have_their_line() -> None:
    with pytest.raises(FileInvalid) as found:
        files.read(TEXT)
    said = str(found.value)
    assert "line 11, stages[0] (tuned).settings.learning_rate: 7 is not above 0, at most 1" in said
    assert "line 12, stages[1] (again): 'nobody' is no need" in said


def test_what_is_of_the_wrong_form_has_its_line_too() -> None:
    with pytest.raises(FileInvalid, match=r"at `\$\.stages\[1\]\.name` \(line 12\)"):
        files.read(TEXT.replace("name: again", "name: Again!"))
