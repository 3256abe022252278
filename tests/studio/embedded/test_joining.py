import stat

import pytest

from studio.embedded.folder import Folder
from studio.embedded.joining import join, leave_word, take_word_back, word

TOLD = {"DATABASE_URL": "postgresql://ours", "STUDIO_SECRET_KEY_FILE": "/ours"}


@pytest.fixture
def started(folder: Folder) -> Folder:
    leave_word(folder, TOLD)
    return folder


def test_a_command_is_told_what_the_studios_own_processes_are(started: Folder) -> None:
    environ = {"STUDIO_VAR": str(started.root)}
    join(environ)
    assert environ == TOLD | {"STUDIO_VAR": str(started.root)}


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_URL_FILE"])
def test_what_the_environment_says_goes_first(started: Folder, name: str) -> None:
    environ = {"STUDIO_VAR": str(started.root), name: "theirs", "STUDIO_SECRET_KEY": "theirs"}
    join(environ)
    assert environ == {"STUDIO_VAR": str(started.root), name: "theirs", "STUDIO_SECRET_KEY": "theirs"}


def test_a_stopped_studio_tells_nothing(started: Folder) -> None:
    take_word_back(started)
    environ = {"STUDIO_VAR": str(started.root)}
    join(environ)
    assert environ == {"STUDIO_VAR": str(started.root)}


def test_the_word_is_for_its_owner_alone(started: Folder) -> None:
    assert stat.S_IMODE(word(started).stat().st_mode) == 0o600
