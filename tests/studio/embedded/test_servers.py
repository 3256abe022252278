"""The two servers as children: which of them are ours, and what their beginning and end are."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.embedded.children import Child
from studio.embedded.folder import Folder
from studio.embedded.servers import Server, ServerDied, addresses, named, own_servers, start_all, stop_all

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]


def server(tmp_path: Path, command: list[str], ready: Callable[[], bool] = lambda: True, name: str = "ONE") -> Server:
    child = Child(name.lower(), command, tmp_path / f"{name}.log", os.environ)
    return Server(child, ready, f"{name}_URL", f"{name.lower()}://here")


@pytest.mark.parametrize(("variable", "ours"), [("DATABASE_URL", ["REDIS_URL"]), ("REDIS_URL", ["DATABASE_URL"])])
def test_a_server_that_the_environment_names_is_not_ours_and_the_other_is(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, variable: str, ours: list[str]
) -> None:
    monkeypatch.setenv(variable, "elsewhere://there")
    assert [one.variable for one in own_servers(folder)] == ours


def test_an_address_may_be_named_in_a_file_and_an_empty_one_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not named("DATABASE_URL")
    monkeypatch.setenv("DATABASE_URL", "")
    assert not named("DATABASE_URL")
    monkeypatch.setenv("DATABASE_URL_FILE", "/run/secrets/url")
    assert named("DATABASE_URL")


def test_all_are_started_before_any_is_waited_for(tmp_path: Path) -> None:
    seen: list[str] = []
    one, other = (server(tmp_path, SLEEPS, name=name) for name in ("ONE", "OTHER"))
    asked = Server(one.child, lambda: other.child.running, one.variable, one.url)
    try:
        found = start_all([asked, other], meanwhile=lambda: seen.append("meanwhile"))
    finally:
        stop_all([one, other])
    assert found == {"ONE_URL": "one://here", "OTHER_URL": "other://here"} == addresses([one, other])
    assert seen == ["meanwhile"]


def test_one_that_dies_before_it_is_ready_is_named_with_its_log(tmp_path: Path) -> None:
    dies = server(tmp_path, [sys.executable, "-c", "raise SystemExit(3)"], ready=lambda: False)
    with pytest.raises(ServerDied, match=f"one ended with 3; its log is {tmp_path}/ONE.log"):
        start_all([dies])


def test_one_is_waited_for_as_long_as_it_lives(tmp_path: Path) -> None:
    answers = iter([False] * 5 + [True])
    slow = server(tmp_path, SLEEPS, ready=lambda: next(answers))
    try:
        start_all([slow])
        assert list(answers) == []
    finally:
        stop_all([slow])


def test_both_are_asked_to_stop_before_either_is_waited_for(tmp_path: Path) -> None:
    """The first ends only once the second was asked to."""
    told = tmp_path / "told"
    waits = "import pathlib, signal, sys, time\n"
    ends = f"lambda *_: (pathlib.Path({str(told)!r}).touch(), sys.exit())"
    second = waits + f"signal.signal(signal.SIGTERM, {ends})\nprint('up', flush=True)\ntime.sleep(60)"
    wait = f"lambda *_: [time.sleep(0.01) for _ in iter(pathlib.Path({str(told)!r}).exists, True)] + [sys.exit()]"
    first = waits + f"signal.signal(signal.SIGTERM, {wait})\nprint('up', flush=True)\ntime.sleep(60)"
    both = [server(tmp_path, [sys.executable, "-c", code], name=name) for name, code in (("A", first), ("B", second))]
    for one in both:
        one.child.start()
    while not all("up" in one.child.log.read_text() for one in both):
        time.sleep(0.01)
    stop_all(both)
    assert told.exists() and not any(one.child.running for one in both)
    assert [one.child.last_words for one in both] == ["ended with 0"] * 2
