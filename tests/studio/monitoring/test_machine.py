"""A disk that fills up and memory that runs out are said in words, with what to do, before anything breaks."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from studio.monitoring import health, machine
from studio.monitoring.machine import GB, MB, Check


@pytest.fixture
def small(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A disk of 80 MB, which holds the studio's folder."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=80m,nr_inodes=2000", "small", tmp_path], check=False)
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    settings.VAR, settings.RUNS_DIR = tmp_path, tmp_path / "runs"
    settings.RUNS_DIR.mkdir()
    yield tmp_path
    subprocess.run(["umount", tmp_path], check=True)


def the_disk() -> Check:
    (check,) = machine.disks()
    return check


def fill(folder: Path, megabytes: int) -> None:
    (folder / "ballast").write_bytes(bytes(megabytes * MB))


@pytest.mark.django_db
def test_a_full_disk_is_not_ready_and_says_what_to_delete(small: Path, client: Client) -> None:
    assert the_disk().ok or not the_disk().stops
    fill(small, 30)
    check = the_disk()
    assert check.stops and "is full: 54 MB left. Nothing can be saved." in check.says
    assert f"Delete folders of old runs in {small}/runs" in check.says
    assert client.get("/health/ready").status_code == 503
    assert check.says in health.report().troubles


def test_a_disk_without_inodes_is_full(small: Path) -> None:
    for number in range(1900):
        (small / str(number)).touch()
    assert the_disk().stops and "takes no more files" in the_disk().says


def disk_of(left: float, size: float, files: int, monkeypatch: pytest.MonkeyPatch) -> Check:
    found = SimpleNamespace(f_bavail=left, f_blocks=size, f_frsize=1, f_files=files and 10**6, f_favail=files)
    monkeypatch.setattr(os, "statvfs", lambda folder: found)
    return machine.disk("the studio", Path("/var/studio"))


@pytest.mark.parametrize(
    ("left", "files", "ok", "stops", "says"),
    [
        (100 * GB, 10**6, True, False, "has 100.0 GB of 500.0 GB left"),
        (1 * GB, 10**6, False, False, "is almost full: 1.0 GB of 500.0 GB left"),
        (50 * MB, 10**6, False, True, "is full: 50 MB left"),
        (100 * GB, 3000, False, False, "takes few more files: 3,000 inodes left"),
        (100 * GB, 100, False, True, "takes no more files: 100 inodes left"),
        (100 * GB, 0, True, False, "has 100.0 GB"),
    ],
)
def test_what_is_left_of_a_disk_is_said(
    left: float, files: int, ok: bool, stops: bool, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = disk_of(left, 500 * GB, files, monkeypatch)
    assert (check.ok, check.stops) == (ok, stops) and says in check.says


def test_folders_on_one_disk_are_one_line(tmp_path: Path, settings: Any) -> None:
    settings.VAR, settings.RUNS_DIR = tmp_path, tmp_path / "runs"
    settings.RUNS_DIR.mkdir()
    assert len(list(machine.disks())) == 1


def test_memory_that_runs_out_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(machine, "LIMIT", tmp_path)
    assert list(machine.memory()) == []
    machine.MEMORY.write_text("MemTotal: 16000000 kB\nMemAvailable: 8000000 kB\n")
    assert [check.ok for check in machine.memory()] == [True]
    machine.MEMORY.write_text("MemTotal: 16000000 kB\nMemAvailable: 100000 kB\n")
    (check,) = machine.memory()
    assert not check.ok and "stop a run" in check.says


def test_a_container_has_its_own_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LIMIT", tmp_path)
    (tmp_path / "memory.max").write_text(f"{4 * GB}\n")
    (tmp_path / "memory.current").write_text(f"{4 * GB - 10 * MB}\n")
    (tmp_path / "memory.stat").write_text(f"anon 1\ninactive_file {50 * MB}\n")
    (check,) = machine.memory()
    assert not check.ok and "60 MB of 4.0 GB left" in check.says


def test_this_machine_says_how_much_memory_it_has() -> None:
    assert [check.name for check in machine.memory()] == ["memory"]


@pytest.mark.parametrize(("skew", "says"), [(90.0, "90 s ahead of ours"), (-5.0, "5 s behind ours")])
def test_a_clock_that_is_wrong_is_said(skew: float, says: str) -> None:
    assert says in machine.clock("Redis", skew).says


@pytest.mark.django_db
def test_the_clock_of_the_database_is_held_against_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = time.time
    monkeypatch.setattr(time, "time", lambda: ours() + 100)
    assert "The clock of PostgreSQL is 100 s behind ours." in [c.says.partition(" Set")[0] for c in health.database()]
