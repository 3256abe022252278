"""A program lives as long as something in its directory changes."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from training.worker import signs_of_life
from training.worker.signs_of_life import SignsOfLife


class Clock:
    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(signs_of_life, "time", found)
    return found


def test_it_hangs_when_nothing_changed_for_so_long(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "log.txt").write_text("begun")
    signs = SignsOfLife(tmp_path)
    clock.now = 99
    assert not signs.are_missing_for(100)
    clock.now = 100
    assert signs.are_missing_for(100)


@pytest.mark.parametrize("path", ["log.txt", "progress.json", "metrics.jsonl", "output/a/b", "checkpoints/c-1/d"])
def test_whatever_it_writes_is_a_sign(tmp_path: Path, clock: Clock, path: str) -> None:
    signs = SignsOfLife(tmp_path)
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("some")
    clock.now = 90
    assert not signs.are_missing_for(100)
    clock.now = 180
    assert not signs.are_missing_for(100)
    file.unlink()
    clock.now = 200
    assert not signs.are_missing_for(100)
    clock.now = 300
    assert signs.are_missing_for(100)


def test_a_checkpoint_that_is_rotated_away_while_it_is_looked_at_is_a_sign(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, scandir = tmp_path / "checkpoints" / "checkpoint-1", os.scandir
    old.mkdir(parents=True)
    signs = SignsOfLife(tmp_path)

    def rotated(path: Any) -> Any:
        if str(path) == str(old):
            shutil.rmtree(old, ignore_errors=True)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", rotated)
    clock.now = 90
    assert not signs.are_missing_for(100)
    clock.now = 100
    assert not signs.are_missing_for(100)


def test_what_others_write_there_is_none(tmp_path: Path, clock: Clock) -> None:
    signs = SignsOfLife(tmp_path)
    (tmp_path / "lock").write_text("1")
    clock.now = 100
    assert signs.are_missing_for(100)


def test_without_a_bound_it_may_take_forever(tmp_path: Path, clock: Clock) -> None:
    signs = SignsOfLife(tmp_path)
    clock.now = 10**9
    assert not signs.are_missing_for(0)
