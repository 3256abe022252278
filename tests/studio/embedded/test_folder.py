"""The folder of a studio: one supervisor at a time, a key nobody else reads, sockets that fit their address."""

import os
from pathlib import Path

import pytest

from studio.embedded.folder import AlreadyRunning, Folder


def test_a_second_supervisor_is_refused_and_told_who_holds_the_folder(folder: Folder) -> None:
    with folder.lock(), pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"):
        folder.lock()


def test_the_lock_is_free_again_when_its_holder_is_gone(folder: Folder) -> None:
    folder.lock().close()
    folder.lock().close()


def test_the_secret_key_is_made_once_and_readable_by_its_owner_alone(folder: Folder) -> None:
    first = folder.secret_key().read_text()
    assert len(first) >= 50
    assert folder.secret_key().stat().st_mode & 0o777 == 0o600
    assert folder.secret_key().read_text() == first


def test_nobody_else_reaches_the_sockets(folder: Folder) -> None:
    assert folder.sockets.stat().st_mode & 0o777 == 0o700


def test_sockets_lie_beside_the_data(tmp_path: Path) -> None:
    assert Folder(Path("/srv/studio/var")).sockets == Path("/srv/studio/var/run")


def test_a_path_too_long_for_a_socket_gets_a_short_one_of_its_own() -> None:
    deep, deeper = (Folder(Path("/srv") / ("x" * length)) for length in (90, 91))
    assert len(str(deep.sockets)) < 88
    assert deep.sockets != deeper.sockets


def test_a_log_that_grew_large_is_put_aside(folder: Folder) -> None:
    folder.log("web").write_text("x" * 100)
    assert folder.log("web", keep=200).exists()
    assert not folder.log("web", keep=50).exists()
    assert (folder.logs / "web.log.1").read_text() == "x" * 100
