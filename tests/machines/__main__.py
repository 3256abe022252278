"""`python -m tests.machines`: two machines run one recipe. As root; needs ip of iproute2.

Each is a network namespace with a worker of its own. They have PostgreSQL and Valkey over the network, and one folder,
as machines of a team have. The recipe is xwin's trial. Half-way one machine's worker for programs is killed with -9
and comes back. It prints which machine did which stage.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from studio.embedded import binaries, programs, servers
from studio.embedded.folder import Folder
from studio.embedded.postgres import Postgres
from studio.embedded.steps import ROOT, STEPS
from studio.embedded.valkey import Valkey
from tests.machines.network import SERVER, forwarded, machines, on

# What each works for. Stages that train are shared.
MACHINES = {"xwin-a": ("cpu", "gpu"), "xwin-b": ("judge", "gpu")}
KILLED = "xwin-b"


def environ(folder: Folder) -> dict[str, str]:
    """By the network alone."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("STUDIO_", "OPENAI_"))}
    told = {
        "DATABASE_URL": f"postgresql://studio@{SERVER}:5432/studio",
        "REDIS_URL": f"redis://{SERVER}:6379/0",
        "STUDIO_VAR": str(folder.root),
        "STUDIO_SECRET_KEY_FILE": str(folder.secret_key()),
        "DJANGO_SETTINGS_MODULE": "studio.settings",
        "STUDIO_GPU_SLOTS": "1",
    }
    return plain | told | programs.frugal()


def sockets(folder: Folder) -> dict[int, Path]:
    postgres = Postgres(folder.root / "postgres", folder.sockets, binaries.postgres_folder())
    valkey = Valkey(folder.root / "valkey", folder.sockets, binaries.valkey_program())
    return {5432: postgres.sockets / ".s.PGSQL.5432", 6379: valkey.socket}


def start(machine: str, command: list[str], known: Mapping[str, str], folder: Folder) -> "subprocess.Popen[bytes]":
    with (folder.root / f"{machine}.log").open("ab") as log:
        return subprocess.Popen(
            on(machine, command), cwd=ROOT, env=dict(known), stdout=log, stderr=log, start_new_session=True
        )


def workers(folder: Folder, known: Mapping[str, str]) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    for machine, queues in MACHINES.items():
        for queue in queues:
            command = programs.worker(queue, programs.threads()[queue])
            yield f"{machine} {queue}", start(machine, command, known, folder)
    yield "beat", start("xwin-a", programs.beat(), known, folder)


def end(process: "subprocess.Popen[bytes]", how: signal.Signals) -> None:
    os.killpg(process.pid, how)
    process.wait(120)


def end_all(working: Mapping[str, "subprocess.Popen[bytes]"]) -> None:
    for process in working.values():
        if process.poll() is None:
            end(process, signal.SIGTERM)


def main() -> None:
    with TemporaryDirectory(prefix="xwin-machines-", ignore_cleanup_errors=True) as root, ExitStack() as stack:
        folder = Folder(Path(root) / "var")
        stack.enter_context(servers.running(folder, durable=False))
        stack.enter_context(machines(list(MACHINES)))
        stack.enter_context(forwarded(sockets(folder)))
        known = environ(folder)
        for row in STEPS:
            for step in row:
                subprocess.run([sys.executable, "manage.py", *step.words], cwd=ROOT, env=known, check=True)
        working = dict(workers(folder, known))
        stack.callback(end_all, working)
        watching = subprocess.Popen(
            [sys.executable, "manage.py", "run_recipe", "xwin", "--scale", "trial", "--seed", "1", "--wait"],
            cwd=ROOT,
            env=known,
        )
        killed = kill_half_way(folder, known, watching, working)
        sys.stdout.write(f"recipe ended with {watching.wait()}; killed on the way: {killed}\n")
        subprocess.run(
            [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", REPORT], cwd=ROOT, env=known, check=True
        )


def kill_half_way(
    folder: Folder,
    known: Mapping[str, str],
    watching: "subprocess.Popen[bytes]",
    working: dict[str, "subprocess.Popen[bytes]"],
) -> str:
    """The worker of KILLED, once it has begun a program after some were done; another takes its place."""
    name = f"{KILLED} gpu"
    while watching.poll() is None:
        time.sleep(1)
        log = (folder.root / f"{KILLED}.log").read_text(errors="replace")
        if log.count("training.tasks") >= 4:
            end(working[name], signal.SIGKILL)
            time.sleep(5)
            working[name] = start(KILLED, programs.worker("gpu", "1"), known, folder)
            return name
    return "nothing"


REPORT = """
from studio.projects.scope import everywhere
from training.models import Run
with everywhere():
    for run in Run.objects.exclude(parent=None).order_by("pk"):
        print(f"{run.stage:22} {run.state:10} {run.worker or '-':14} attempts {run.attempts}")
"""


if __name__ == "__main__":
    main()
