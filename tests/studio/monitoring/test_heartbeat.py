"""Who lives, by what they said last: it fades, and a worker that goes says so."""

import time

import msgspec
import pytest
import redis

from studio.monitoring import heartbeat
from studio.monitoring.heartbeat import WORKERS, WaitingRun, WorkerReport


@pytest.fixture(autouse=True)
def _nobody_said_anything() -> None:
    heartbeat.connection().flushdb()


def test_a_queue_lives_while_somebody_beats_for_it() -> None:
    heartbeat.beat(["cpu"])
    assert heartbeat.alive(["cpu", "gpu"]) == {"cpu": True, "gpu": False}
    assert 0 < heartbeat.connection().ttl(heartbeat.key("cpu")) <= heartbeat.FADES_AFTER


def test_a_worker_tells_its_queues_host_and_code() -> None:
    heartbeat.beat(["cpu", "judge"], "w1@here")
    (said,) = heartbeat.heard(["cpu"]).said.values()
    assert (said.queues, bool(said.host), len(said.code)) == (["cpu", "judge"], True, 12)
    assert abs(said.at - time.time()) < 5 and abs(said.skew) < 5


def test_a_worker_that_goes_is_heard_of_no_more() -> None:
    heartbeat.beat(["cpu"], "w1@here")
    heartbeat.fall_silent("w1@here")
    assert heartbeat.heard(["cpu"]).said == {}


def test_a_worker_that_was_killed_fades_and_is_forgotten() -> None:
    old = WorkerReport(at=time.time() - heartbeat.FADES_AFTER - 5, queues=["gpu"])
    heartbeat.connection().hset(WORKERS, "killed@there", msgspec.json.encode(old))
    heartbeat.beat(["cpu"], "w1@here")
    assert list(heartbeat.heard(["cpu"]).said) == ["w1@here"]
    assert heartbeat.connection().hkeys(WORKERS) == [b"w1@here"]
    assert 0 < heartbeat.connection().ttl(WORKERS) <= heartbeat.FADES_AFTER


def test_a_worker_of_another_version_may_leave_things_out() -> None:
    heartbeat.connection().hset(WORKERS, "new@there", msgspec.json.encode({"at": time.time(), "mood": "good"}))
    assert heartbeat.heard([]).said["new@there"].queues == []


def test_what_waits_is_told_by_queue() -> None:
    heartbeat.tell_waiting({"gpu": WaitingRun(run=7, since=1.0, at_work=False)})
    assert heartbeat.heard([]).waiting == {"gpu": WaitingRun(7, 1.0, False)}


def test_while_redis_is_away_beating_says_nothing_and_asking_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = redis.Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=1)
    monkeypatch.setattr(heartbeat, "connection", lambda: nowhere)
    heartbeat.beat(["cpu"], "w1@here")
    heartbeat.fall_silent("w1@here")
    with pytest.raises(redis.RedisError):
        heartbeat.alive(["cpu"])
