"""A Valkey (or Redis) server with its append-only file in a folder, reached over a unix socket only."""

import socket
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Valkey:
    data: Path
    sockets: Path
    program: Path
    durable: bool = True

    @property
    def socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    @property
    def command(self) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "daemonize": "no",
        }
        words = [word for name, value in settings.items() for word in (f"--{name}", value)]
        return [str(self.program), *words, "--save", ""]

    def prepare(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self.stop_leftover()

    def stop_leftover(self) -> None:
        """A server whose supervisor was killed may still hold the socket."""
        self.ask("SHUTDOWN")
        self.socket.unlink(missing_ok=True)

    def ready(self) -> bool:
        return self.ask("PING") == "+PONG"

    def ask(self, word: str) -> str:
        """The first line of the answer to a one-word command, or nothing where no server listens."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            try:
                connection.connect(str(self.socket))
                connection.sendall(f"{word}\r\n".encode())
                return connection.recv(100).decode().strip()
            except (FileNotFoundError, ConnectionError, TimeoutError):
                return ""
