"""The lock is made by the resolver: a version stays unless it is in the way."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from requirements.lock import interpreter, pins, read_needs, renewed, write_needs, write_pins
from requirements.resolving import Package, Unresolvable
from tests.requirements.wheels import wheel

FIXED = {"engine": "1.0", "page": "1.0"}
Made = Callable[[dict[str, str]], dict[str, str]]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """The lock of a list whose engine wants an old server, and whose page takes any paint."""
    wheel(tmp_path, "engine", "1.0", "web-server<3")
    wheel(tmp_path, "page", "1.0", "paint")
    for version in ("1.0", "2.0", "3.0"):
        wheel(tmp_path, "web_server", version)
        wheel(tmp_path, "paint", version)
    (tmp_path / "gpu.txt").write_text("engine==1.0\npage==1.0\n")
    options = ("--no-index", "--find-links", str(tmp_path))

    def make(held: dict[str, str]) -> dict[str, str]:
        found = renewed([tmp_path / "gpu.txt"], held, sys.executable, *options)
        return {one.name: one.version for one in found}

    return make


def test_without_a_lock_each_package_is_the_newest_that_fits(made: Made) -> None:
    assert made({}) == FIXED | {"web_server": "2.0", "paint": "3.0"}


def test_what_is_in_the_way_is_chosen_anew_what_nobody_needs_goes_and_the_rest_stays(made: Made) -> None:
    held = {"web-server": "3.0", "paint": "1.0", "brush": "1.0"}
    assert made(held) == FIXED | {"web_server": "2.0", "paint": "1.0"}


def test_lists_that_nothing_brings_together_are_refused(made: Made, tmp_path: Path) -> None:
    (tmp_path / "gpu.txt").write_text("engine==1.0\nweb-server==3.0\n")
    with pytest.raises(Unresolvable, match="engine 1.0 depends on web-server<3"):
        made({"web-server": "3.0"})


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    write_pins(tmp_path / "constraints.txt", {"b": "2", "A": "1"})
    assert list(pins(tmp_path / "constraints.txt").items()) == [("A", "1"), ("b", "2")]
    assert pins(tmp_path / "none.txt") == {}


def test_of_what_a_package_needs_the_lock_keeps_what_it_has_a_version_of(tmp_path: Path) -> None:
    page = Package("Page", "1", ">=3.11", ("My.Paint[oil]>1", 'brush; extra == "dev"'))
    paint = Package("my-paint", "2", "", ())
    write_needs(tmp_path / "needs.json", [page, paint])
    assert read_needs(tmp_path / "needs.json") == [paint, Package("Page", "1", ">=3.11", ("My.Paint[oil]>1",))]


def test_a_python_that_is_not_here_is_not_found() -> None:
    assert interpreter("python3.0") is None
