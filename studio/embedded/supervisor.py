"""One studio on one folder: start everything, restart what dies, stop everything."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from functools import partial

from studio.die_with_parent import leashed
from studio.embedded import joining
from studio.embedded.children import Child
from studio.embedded.folder import Folder
from studio.embedded.programs import programs
from studio.embedded.servers import Server, addresses, named, own_servers, start_all, stop_all
from studio.embedded.steps import ROOT, any_due, run_due

LOOK_EVERY = 0.2
LOOK_FIRST = 0.05
# Workers are started once the pages answer, or after this time: runs go on even where the pages do not.
PAGES_FIRST_SECONDS = 20.0
PROGRAM_STOP_SECONDS = 10.0
EXAMINED_SECONDS = 30.0


class PortTaken(Exception):
    """Something else listens where our pages should."""


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


@dataclass
class Supervisor:
    folder: Folder
    host: str
    port: int
    stopping: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)
    servers: list[Server] = field(default_factory=list)
    programs: list[Child] = field(default_factory=list)
    waiting: list[Child] = field(default_factory=list)
    pauses: dict[str, float] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://{'localhost' if self.host in LOCAL else self.host}:{self.port}/"

    def run(self) -> None:
        """Until a signal asks us to stop."""
        with self.folder.lock():
            refuse_taken_port(self.host, self.port)
            self.listen_to_signals()
            self.folder.prepare()
            try:
                self.start()
                self.watch()
            finally:
                self.stop()

    def listen_to_signals(self) -> None:
        """The first asks us to stop in order; a second, while something is still being waited for, ends the wait."""

        def stop(number: int, frame: object) -> None:
            if self.stopping.is_set():
                raise KeyboardInterrupt
            self.stopping.set()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)

    def start(self) -> None:
        """The servers and the web server; the workers follow in `watch`."""
        say("Starting PostgreSQL and Valkey …")
        self.servers = own_servers(self.folder)
        told = self.told
        environ = {**os.environ, **told}
        web, *self.waiting = programs(self.folder, self.host, self.port, environ)
        # Where nothing is to be prepared, the web server reads its code while the servers wake.
        ready = not any_due(self.folder, environ)
        start_all(self.servers, meanwhile=partial(self.launch, web) if ready else lambda: None)
        joining.leave_word(self.folder, told)
        if not ready:
            run_due(self.folder, environ, say)
            self.launch(web)

    def launch(self, program: Child) -> None:
        program.start()
        self.programs.append(program)

    @property
    def told(self) -> dict[str, str]:
        """What every process of the studio is told besides our own environment."""
        told = {
            **addresses(self.servers),
            "STUDIO_VAR": str(self.folder.root),
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "studio.settings",
        }
        if not named("STUDIO_SECRET_KEY"):
            told["STUDIO_SECRET_KEY_FILE"] = str(self.folder.secret_key())
        return told

    def watch(self) -> None:
        """Until we are asked to stop. Nothing here waits for an answer: what died is started again at once."""
        began = time.monotonic()
        threading.Thread(target=self.tell_when_open, name="opening", daemon=True).start()
        while not self.stopping.wait(LOOK_EVERY if self.opened.is_set() else LOOK_FIRST):
            if self.opened.is_set() or time.monotonic() - began > PAGES_FIRST_SECONDS:
                self.launch_waiting()
            for child in self.children:
                self.restart_if_dead(child)

    def tell_when_open(self) -> None:
        """Waits for the pages, and says where they are and what they lack."""
        while not self.answers("live"):
            if self.stopping.wait(LOOK_FIRST):
                return
        say(f"Xwin Studio is open at {self.address}   (Ctrl-C stops it; logs are in {self.folder.logs})")
        self.opened.set()
        if not self.answers("ready"):
            hindrances = self.hindrances() or "It is not ready yet; /health/ready says when it is."
            if not self.stopping.is_set():
                say(hindrances)

    def launch_waiting(self) -> None:
        """Workers would take the processor from the first page."""
        while self.waiting:
            self.launch(self.waiting.pop(0))

    @property
    def children(self) -> list[Child]:
        return [*(server.child for server in self.servers), *self.programs]

    def restart_if_dead(self, child: Child) -> None:
        if child.running:
            return
        now = time.monotonic()
        if child.name not in self.pauses:
            pause = child.bury()
            again = f"starting it again in {pause:.0f} s" if pause else "starting it again"
            say(f"{child.name} {child.last_words}; {again} ({child.log}).")
            self.pauses[child.name] = now + pause
        if now >= self.pauses[child.name]:
            del self.pauses[child.name]
            child.start()

    def answers(self, state: str) -> bool:
        """Whether the pages are `live`, or `ready`: then what they take can be saved, too."""
        connection = http.client.HTTPConnection("127.0.0.1" if self.host in LOCAL else self.host, self.port, timeout=5)
        try:
            connection.request("GET", f"/health/{state}", headers={"Host": "localhost"})
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def hindrances(self) -> str:
        """What the studio says of itself, where it is open and not ready: a full disk, a server that is away."""
        environ = {**os.environ, **self.told}
        command = leashed([sys.executable, "manage.py", "health"], signal.SIGKILL)
        try:
            answer = subprocess.run(
                command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=EXAMINED_SECONDS
            )
        except subprocess.TimeoutExpired:
            return ""
        return answer.stdout.strip()

    def stop(self) -> None:
        """Programs first: they still write to the servers while they end."""
        say("Stopping …")
        for program in self.programs:
            program.ask_to_stop()
        deadline = time.monotonic() + PROGRAM_STOP_SECONDS
        for program in self.programs:
            program.wait(deadline)
        joining.take_word_back(self.folder)
        stop_all(self.servers)
        say("Stopped.")


LOCAL = {"127.0.0.1", "0.0.0.0", "localhost", "::", ""}


def refuse_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(f"{host}:{port} cannot be used ({error.strerror}). Try STUDIO_PORT={port + 1}.") from None
