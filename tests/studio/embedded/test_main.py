"""`python -m studio.embedded`: where it listens, and how it ends."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio.embedded import __main__ as module
from studio.embedded.folder import AlreadyRunning
from studio.embedded.supervisor import PortTaken


@pytest.mark.parametrize(("given", "port"), [("8000", 8000), ("1", 1), ("65535", 65535)])
def test_the_port_is_the_environments(monkeypatch: pytest.MonkeyPatch, given: str, port: int) -> None:
    monkeypatch.setenv("STUDIO_PORT", given)
    assert module.port() == port


@pytest.mark.parametrize("given", ["", "0", "65536", "-1", "http", "80.5", " 80", "127.0.0.1:80"])
def test_what_is_no_port_is_refused_with_what_would_be_one(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("STUDIO_PORT", given)
    with pytest.raises(PortTaken, match="write a number from 1 to 65535"):
        module.port()


@pytest.fixture
def supervised(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[BaseException | None], list[Any]]:
    """`supervised(error)`: the supervisor ends so; what it was made with."""
    seen: list[Any] = []
    monkeypatch.setenv("STUDIO_VAR", str(tmp_path / "somewhere" / ".." / "var"))

    def ends(error: BaseException | None) -> list[Any]:
        class Ends:
            def __init__(self, folder: Any, host: str, port: int) -> None:
                seen.extend([folder.root, host, port])

            def run(self) -> None:
                if error:
                    raise error

        monkeypatch.setattr(module, "Supervisor", Ends)
        return seen

    return ends


def test_it_lies_where_the_environment_says_and_listens_to_this_machine_alone(
    supervised: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("STUDIO_HOST", "STUDIO_PORT"):
        monkeypatch.delenv(name, raising=False)
    seen = supervised(None)
    assert module.main() == 0
    assert seen == [tmp_path / "var", "127.0.0.1", 8000]


def test_what_is_refused_is_said_without_a_traceback(
    supervised: Callable[..., list[Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    supervised(AlreadyRunning("Process 7 holds the folder."))
    assert module.main() == 1
    assert capsys.readouterr().err == "Process 7 holds the folder.\n"


def test_a_wrong_port_is_a_refusal_too(
    supervised: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    supervised(None)
    monkeypatch.setenv("STUDIO_PORT", "many")
    assert module.main() == 1 and "STUDIO_PORT='many'" in capsys.readouterr().err


def test_a_second_ctrl_c_ends_at_once(supervised: Callable[..., list[Any]]) -> None:
    supervised(KeyboardInterrupt())
    assert module.main() == 130


def test_an_error_of_ours_is_not_hidden(supervised: Callable[..., list[Any]]) -> None:
    supervised(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        module.main()
