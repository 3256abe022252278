"""What the list for GPUs wants of a machine is said when it is installed."""

import shutil
import sys
import sysconfig
from pathlib import Path

import pytest

from requirements import gpu_machine, install


def test_only_linux_has_packages_for_gpus(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert gpu_machine.refusal() == ""
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(install, "pip_install", lambda name, file: pytest.fail("nothing is fetched"))
    monkeypatch.setattr(install, "STAMPS", Path("/nowhere"))
    assert not install.install("gpu")
    assert "Leave it out here: make run EXTRAS=train" in capsys.readouterr().err


@pytest.fixture
def headers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    (tmp_path / "Python.h").touch()
    return tmp_path / "Python.h"


@pytest.mark.usefixtures("headers")
@pytest.mark.parametrize("name", ["nvidia-smi", "c++"])
def test_a_program_that_runs_on_gpus_will_miss_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda asked: None if asked == name else f"/usr/bin/{asked}")
    (words,) = gpu_machine.missing()
    assert ("driver" if name == "nvidia-smi" else "g++") in words


def test_headers_that_triton_compiles_against_are_missed(monkeypatch: pytest.MonkeyPatch, headers: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda asked: f"/usr/bin/{asked}")
    assert gpu_machine.missing() == []
    headers.unlink()
    (words,) = gpu_machine.missing()
    assert f"apt install python{sys.version_info.major}.{sys.version_info.minor}-dev" in words
