"""The processes of a studio: the web server, a worker for each queue, the scheduler, the model server."""

import os
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from studio import gpus
from studio.embedded.children import Child
from studio.embedded.folder import Folder

# Pages answer first: what workers do, and the runs they start, gives way where the processor is short.
GIVE_WAY = 5


def programs(folder: Folder, host: str, port: int, environ: Mapping[str, str]) -> list[Child]:
    """In the order in which they are wanted."""
    commands = {"web": web(host, port), **dict(workers()), "beat": beat()}
    # It answers with models, so without the training extra there is nothing it could serve.
    if find_spec("torch"):
        commands["models"] = module("training.jobs.serve", str(models_socket(folder)))
    told = {"STUDIO_MODELS_SOCKET": str(models_socket(folder)), "STUDIO_GPU_SLOTS": gpu_slots()}
    environ = {**environ, **frugal(), **told}
    children = [Child(name, command, folder.log(name), environ) for name, command in commands.items()]
    for child in children[1:]:
        child.niceness = GIVE_WAY
    return children


def module(name: str, *words: str) -> list[str]:
    return [sys.executable, "-m", name, *words]


def web(host: str, port: int) -> list[str]:
    address = ("--host", host, "--port", str(port))
    # Streams stay open for as long as the page does: uvicorn would wait for them without end.
    return module(
        "uvicorn", "studio.asgi:application", *address, "--timeout-graceful-shutdown", "3", "--no-access-log"
    )


def workers() -> Iterator[tuple[str, list[str]]]:
    for queue, n in threads().items():
        yield f"worker-{queue}", worker(queue, n)


def threads() -> dict[str, str]:
    """Of the worker of each queue. Work on the judge queue waits for other machines."""
    return {"cpu": "2", "judge": "8", "gpu": gpu_slots()}


def gpu_slots() -> str:
    """How many runs with programs go at once: one for each GPU, where nobody says otherwise."""
    return os.environ.get("STUDIO_GPU_SLOTS") or str(max(1, len(gpus.for_runs())))


def worker(queue: str, threads: str) -> list[str]:
    """Threads are enough: heavy work runs in processes of its own."""
    size = ("--pool", "threads", "--concurrency", threads)
    quiet = ("--without-gossip", "--without-mingle", "--loglevel", "INFO")
    # A run waits in the queue until a worker is free for it, never in the memory of one that is busy for hours.
    patient = ("--disable-prefetch",) if queue == "gpu" else ()
    return module("celery", "-A", "studio", "worker", "-Q", queue, "-n", f"{queue}@%h", *size, *quiet, *patient)


def beat() -> list[str]:
    return module("celery", "-A", "studio", "beat", "--pidfile", "", "--loglevel", "INFO")


def models_socket(folder: Folder) -> Path:
    return folder.sockets / "models.sock"


def frugal() -> dict[str, str]:
    """What keeps idle processes small: glibc gives each thread an arena, and Celery checks every page at its start."""
    return {"MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "2"), "CELERY_SKIP_CHECKS": "1"}
