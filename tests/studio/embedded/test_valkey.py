"""The Redis-protocol server: what it acknowledged it keeps, and it makes way for its successor."""

import os
import signal
import time

import redis

from studio.embedded.folder import Folder
from studio.embedded.servers import Server, own_valkey, start_all, stop_all


def test_what_was_acknowledged_survives_kill_9(valkey: Server) -> None:
    redis.Redis.from_url(valkey.url).set("kept", "1")
    # The append-only file is synced each second; the page cache of the system outlives the process in any case.
    os.kill(valkey.child.pid, signal.SIGKILL)
    assert valkey.child.process is not None
    valkey.child.process.wait()
    start_all([valkey])
    wait_for_data(valkey)
    assert redis.Redis.from_url(valkey.url).get("kept") == b"1"


def wait_for_data(valkey: Server) -> None:
    deadline = time.monotonic() + 10
    while not valkey.ready() and time.monotonic() < deadline:
        time.sleep(0.01)


def test_it_listens_on_no_port(valkey: Server) -> None:
    assert redis.Redis.from_url(valkey.url).config_get("port") == {"port": "0"}


def test_a_server_left_over_from_a_killed_supervisor_is_stopped_first(folder: Folder, valkey: Server) -> None:
    redis.Redis.from_url(valkey.url).set("kept", "1")
    successor = own_valkey(folder, durable=True)
    start_all([successor])
    assert not valkey.child.running
    assert redis.Redis.from_url(successor.url).get("kept") == b"1"
    stop_all([successor])
