"""A studio of our own to measure and to photograph: `python -m studio.embedded` on a temporary folder."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import django

from studio.die_with_parent import leashed
from studio.embedded import binaries
from studio.embedded.folder import Folder
from studio.embedded.postgres import Postgres
from studio.embedded.steps import ROOT
from studio.embedded.valkey import Valkey

PATIENCE_SECONDS = 180.0
# A measured studio is not the one that this shell was pointed at.
NAMED = ("STUDIO_", "DATABASE_URL", "REDIS_URL", "DJANGO_")


class StudioFailed(Exception):
    """It did not open, or did not do in time what was waited for."""


class Studio:
    """On `root/var`, which may hold an earlier one."""

    def __init__(self, root: Path) -> None:
        self.folder = Folder(root / "var")
        self.said = root / "said.log"
        self.port = free_port()
        self.address = f"http://localhost:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def open(self) -> float:
        """Seconds until /health/ready says yes. Raises StudioFailed."""
        began = time.monotonic()
        with self.said.open("ab") as said:
            command = leashed([sys.executable, "-m", "studio.embedded"], signal.SIGTERM)
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environ(),
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        wait_until(lambda: answers(self.port, "/health/ready"), f"the studio did not open: {self.said}", every=0.02)
        return time.monotonic() - began

    def close(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(PATIENCE_SECONDS)
            self.process = None

    def environ(self) -> dict[str, str]:
        plain = {name: value for name, value in os.environ.items() if not name.startswith(NAMED)}
        return plain | {"STUDIO_VAR": str(self.folder.root), "STUDIO_PORT": str(self.port)}

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    def is_well(self) -> bool:
        """Every worker has been heard of, too."""
        with urlopen(f"{self.address}/health/ready", timeout=5) as answer:
            return bool(json.load(answer)["ok"])

    def enter(self) -> None:
        """Make this process one of the studio's: its database, its queues, its keys."""
        root, sockets = self.folder.root, self.folder.sockets
        os.environ["DATABASE_URL"] = Postgres(root / "postgres", sockets, binaries.postgres_folder()).url
        os.environ["REDIS_URL"] = Valkey(root / "valkey", sockets, binaries.valkey_program()).url
        os.environ["STUDIO_SECRET_KEY_FILE"] = str(self.folder.secret_key())
        os.environ["STUDIO_VAR"] = str(root)
        os.environ["DJANGO_SETTINGS_MODULE"] = "studio.settings"
        django.setup()

        from studio.projects.models import Project
        from studio.projects.scope import enter

        enter(Project.objects.get(slug="playground").pk)


@contextmanager
def opened() -> Iterator[Studio]:
    """A new studio with the demo in it, which this process has entered; its folder goes with it."""
    with TemporaryDirectory(prefix="xwin-bench-", ignore_cleanup_errors=True) as root:
        studio = Studio(Path(root))
        try:
            studio.open()
            studio.enter()
            yield studio
        finally:
            studio.close()


def session(role: str = "admin") -> dict[str, str]:
    """The cookie of somebody with `role` in the project at work who is signed in, by name."""
    from django.conf import settings
    from django.test import Client

    from studio.accounts.models import Membership, User
    from studio.projects.scope import here

    person, _ = User.objects.get_or_create(username=f"bench-{role}", defaults={"first_name": "Robin"})
    is_admin = role == "admin"
    User.objects.filter(pk=person.pk).update(is_staff=is_admin, is_superuser=is_admin, last_project=here())
    if not is_admin:
        Membership.objects.get_or_create(user=person, project_id=here(), defaults={"role": role})
    client = Client()
    client.force_login(person)
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


def wait_until(there: Callable[[], object], otherwise: str, every: float = 0.1) -> None:
    latest = time.monotonic() + PATIENCE_SECONDS
    while not there():
        if time.monotonic() > latest:
            raise StudioFailed(otherwise)
        time.sleep(every)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, path: str) -> bool:
    """Whether it says 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": "localhost"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
