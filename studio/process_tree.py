"""Runs a program, and ends with it all that it started: also in sessions of its own, also what it abandoned.

    python process_tree.py STOP_FILE PATIENCE LAST PROGRAM [ARGUMENT …]

It stays between the program and who started it, and ends as the program ends: with its code, or by its signal. As a
subreaper it becomes the parent of what loses its own, so nothing that a program starts can leave its tree (on Linux;
elsewhere only the program's own session ends). SIGTERM stops the program in order: first the file, which asks it to
stop; after PATIENCE seconds SIGTERM, which a launcher hands on to its workers; after LAST more, SIGKILL to all.
"""

import ctypes
import os
import resource
import signal
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
# The variable that tells all of a tree which process keeps it.
KEEPER = "XWIN_STUDIO_KEEPER"
HEARD = {signal.SIGCHLD, signal.SIGTERM, signal.SIGALRM}
# Who was killed may take a moment to die, in a driver for instance.
LOOK_AGAIN_SECONDS = 0.05


def kept(command: list[str], stop_file: Path, patience: float, last: float) -> list[str]:
    """`command` as a tree of processes that ends as a whole."""
    return [sys.executable, "-IS", __file__, str(stop_file), str(patience), str(last), *command]


def descendants(root: int) -> list[int]:
    """What a process started and what that started, as far as it has not ended. Empty where there is no /proc."""
    children: dict[int, list[int]] = defaultdict(list)
    for pid, parent in living():
        children[parent].append(pid)
    found = list(children[root])
    for pid in found:
        found += children[pid]
    return found


def own_children() -> list[int]:
    """Asked of the kernel at once: what starts the next before it ends is gone before all of /proc was read."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    return list(map(int, listed.read_text().split())) if listed.exists() else []


def living() -> Iterator[tuple[int, int]]:
    """Every process of the machine with its parent; those that only wait to be buried are left out."""
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if name.isdigit():
            with suppress(OSError):
                state, parent, *_ = Path("/proc", name, "stat").read_text().rpartition(")")[2].split()
                if state not in "ZX":
                    yield int(name), int(parent)


def kill(pids: list[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def keep(stop_file: Path, patience: float, last: float, command: list[str]) -> None:
    """The program from its start until nothing of its tree lives."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
    program = start(command)
    steps = stop(program, stop_file, patience, last)
    asked = False
    while (status := buried(program)) is None:
        heard = signal.sigwait(HEARD)
        if heard == signal.SIGALRM or (heard == signal.SIGTERM and not asked):
            asked = True
            alarm(next(steps))
    end_rest(program)
    end_as(status)


def start(command: list[str]) -> int:
    """Its process. It dies with us at once: then whoever started us, or the next to come, ends what it leaves."""
    keeper = os.getpid()
    program = os.fork()
    if program:
        return program
    os.setsid()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
    # Python ignores these two, and who is ignored stays so in another program.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != keeper:
            os.kill(os.getpid(), signal.SIGKILL)
    try:
        os.execvpe(command[0], command, os.environ | {KEEPER: str(keeper)})
    except OSError as error:
        os.write(2, f"{command[0]} cannot be started: {error.strerror}\n".encode())
        os._exit(1)


def stop(program: int, stop_file: Path, patience: float, last: float) -> Iterator[float]:
    """One step after the other; each gives the seconds until the next."""
    with suppress(OSError):
        stop_file.touch()
    yield patience
    with suppress(ProcessLookupError):
        os.kill(program, signal.SIGTERM)
    yield last
    while True:
        kill(descendants(os.getpid()))
        yield LOOK_AGAIN_SECONDS


def alarm(seconds: float) -> None:
    # Zero seconds would be no alarm at all.
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))


def buried(program: int) -> int | None:
    """How the program ended, if it has; whatever else ended is buried too. Raises ChildProcessError for none left."""
    while True:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == program:
            return status
        if pid == 0:
            return None


def end_rest(program: int) -> None:
    """Again and again, since what is killed may just have started another."""
    if sys.platform != "linux":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(program, signal.SIGKILL)
    with suppress(ChildProcessError):
        while True:
            kill(own_children())
            kill(descendants(os.getpid()))
            buried(program)
            alarm(LOOK_AGAIN_SECONDS)
            signal.sigwait(HEARD)


def end_as(status: int) -> None:
    """With the program's code, or by the signal that ended it."""
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        # The program's memory was worth a dump, ours is not.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        for number in HEARD:
            signal.signal(number, signal.SIG_IGN)
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
        os.kill(os.getpid(), -code)
    os._exit(code)


if __name__ == "__main__":
    file, first, then, *words = sys.argv[1:]
    keep(Path(file), float(first), float(then), words)
