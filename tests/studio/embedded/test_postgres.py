"""A cluster: made whole or not at all, never of another version, and nothing that was committed is lost."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator

import psycopg2
import pytest
from psycopg2.extensions import connection, cursor

from studio.embedded import postgres as module
from studio.embedded import privileges
from studio.embedded.folder import Folder
from studio.embedded.postgres import ClusterRefused, Postgres
from studio.embedded.servers import Server, own_postgres, start_all, stop_all
from tests.studio.embedded.conftest import connect, runs, wait_for

as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root must give up being root")


def test_it_speaks_utf8_and_has_the_extensions_of_a_full_build(postgres: Server) -> None:
    cursor = connect(postgres).cursor()
    cursor.execute("SELECT datcollate, pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'studio'")
    assert cursor.fetchone() == ("C.UTF-8", "UTF8")
    cursor.execute("CREATE EXTENSION pg_trgm")
    cursor.execute("SELECT show_trgm('ö')")


def test_a_cluster_is_made_once(cluster: Postgres) -> None:
    assert cluster.prepare()
    assert not cluster.prepare()


def test_a_cut_first_start_begins_again(cluster: Postgres) -> None:
    unfinished = cluster.data.with_name("postgres.unfinished")
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    assert cluster.prepare()
    assert not unfinished.exists()


def test_another_major_version_is_refused_and_left_alone(cluster: Postgres) -> None:
    cluster.data.mkdir()
    (cluster.data / "PG_VERSION").write_text("15\n")
    with pytest.raises(
        ClusterRefused, match=r"made by PostgreSQL 15; .* holds 18\. Point STUDIO_PG_BIN at PostgreSQL 15"
    ):
        cluster.prepare()
    assert [path.name for path in cluster.data.iterdir()] == ["PG_VERSION"]


def test_a_folder_that_is_no_cluster_is_refused(cluster: Postgres) -> None:
    cluster.data.mkdir()
    (cluster.data / "thesis.odt").write_text("all of it")
    with pytest.raises(ClusterRefused, match="no version"):
        cluster.prepare()


def test_what_was_committed_survives_kill_9(postgres: Server) -> None:
    connect(postgres).cursor().execute("CREATE TABLE kept AS SELECT 1 AS n")
    os.kill(postgres.child.pid, signal.SIGKILL)
    assert postgres.child.process is not None
    postgres.child.process.wait()
    postgres.child.bury()
    start_all([postgres])
    cursor = connect(postgres).cursor()
    cursor.execute("SELECT n FROM kept")
    assert cursor.fetchone() == (1,)


@pytest.fixture
def busy(postgres: Server) -> Iterator[int]:
    """A backend that is at work for longer than any test, and hears of nothing."""
    working = connect(postgres)
    pid = working.info.backend_pid
    asking = threading.Thread(target=work_for_ever, args=[working])
    asking.start()
    watching = connect(postgres).cursor()
    wait_for(lambda: state(watching, pid) == "active")
    yield pid
    asking.join()


def state(watching: cursor, pid: int) -> str:
    watching.execute("SELECT state FROM pg_stat_activity WHERE pid = %s", [pid])
    return str(*watching.fetchone() or ())


def work_for_ever(connection: connection) -> None:
    with contextlib.suppress(psycopg2.OperationalError):
        connection.cursor().execute("SELECT count(*) FROM generate_series(1, 100000000000)")


def test_a_killed_server_starts_at_once_although_a_backend_was_at_work(postgres: Server, busy: int) -> None:
    os.kill(postgres.child.pid, signal.SIGKILL)
    assert postgres.child.process is not None
    postgres.child.process.wait()
    assert runs(busy)
    postgres.child.bury()
    assert not runs(busy)
    start_all([postgres])
    connect(postgres).close()


def test_a_backend_left_over_from_a_killed_server_and_supervisor_is_ended_first(
    folder: Folder, postgres: Server, busy: int
) -> None:
    os.kill(postgres.child.pid, signal.SIGKILL)
    assert postgres.child.process is not None
    postgres.child.process.wait()
    successor = own_postgres(folder, durable=True)
    start_all([successor])
    stop_all([successor])


def test_a_server_left_over_from_a_killed_supervisor_is_stopped_first(folder: Folder, postgres: Server) -> None:
    successor = own_postgres(folder, durable=True)
    # It takes its pid file away before it has ended itself.
    assert postgres.child.process is not None
    assert postgres.child.process.wait(10) == 0
    start_all([successor])
    connect(successor).close()
    stop_all([successor])


@as_root
@pytest.mark.parametrize("way", [privileges.in_namespace, privileges.as_stranger])
def test_root_starts_it_in_a_folder_that_only_root_enters(
    way: object, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(way)
    if not privileges.works(way()):
        pytest.skip(f"this machine forbids {way()[0]}")
    monkeypatch.setattr(privileges, "unprivileged", way)
    folder.root.chmod(0o700)
    server = own_postgres(folder, durable=True)
    start_all([server])
    connect(server).close()
    stop_all([server])


@as_root
def test_a_cluster_changes_hands_when_the_way_does(cluster: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privileges, "unprivileged", privileges.as_stranger)
    cluster.prepare()
    assert cluster.data.stat().st_uid == privileges.stranger().pw_uid
    monkeypatch.setattr(privileges, "unprivileged", privileges.in_namespace)
    cluster.prepare()
    assert {path.stat().st_uid for path in cluster.data.rglob("*")} == {0}


def test_the_address_is_read_by_the_settings_as_it_is_meant(cluster: Postgres) -> None:
    from studio.settings import database

    read = database(cluster.url)
    assert (read["NAME"], read["USER"], read["HOST"]) == (module.DATABASE, module.USER, str(cluster.sockets))
