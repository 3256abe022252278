"""`manage.py health`: what somebody reads who asks why the studio does not work."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from django.core.management import call_command

from studio.embedded.folder import Folder
from studio.embedded.joining import leave_word
from studio.embedded.steps import ROOT
from studio.monitoring import heartbeat
from tests.studio.embedded.conftest import plain_environment

AWAY = {"STUDIO_SECRET_KEY": "x", "DATABASE_URL": "postgresql:///x?host=/nowhere", "REDIS_URL": "unix:///nowhere.sock"}


def health() -> tuple[int | str | None, str]:
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("health", stdout=out)
    return ended.value.code, out.getvalue()


@pytest.mark.django_db
def test_a_studio_that_lacks_only_workers_can_work() -> None:
    assert health() == (0, "")


@pytest.mark.django_db
def test_what_is_away_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = redis.Redis.from_url("unix:///nowhere.sock")
    monkeypatch.setattr(heartbeat, "connection", lambda: nowhere)
    ended, said = health()
    assert (ended, said.count("\n")) == (1, 1)
    assert "Check REDIS_URL" in said


def test_where_no_studio_runs_it_says_what_to_start(tmp_path: Path) -> None:
    environ = plain_environment() | {"STUDIO_VAR": str(tmp_path / "var")}
    done = subprocess.run(
        [sys.executable, "manage.py", "health"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "STUDIO_SECRET_KEY is not set. Set it, or start the studio with `make run`.\n"


def test_beside_make_run_it_asks_that_studios_servers(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "var")
    folder.prepare()
    leave_word(folder, AWAY)
    environ = plain_environment() | {"STUDIO_VAR": str(folder.root)}
    done = subprocess.run(
        [sys.executable, "manage.py", "health"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "Check DATABASE_URL" in done.stdout and "Check REDIS_URL" in done.stdout
