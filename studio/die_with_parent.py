"""Becomes another program, which the system ends when the process that started it dies.

    python die_with_parent.py SIGNAL NICENESS PARENT PROGRAM [ARGUMENT …]

What `preexec_fn` of subprocess is for, done after the fork instead of in it: in a process with threads, a child
between fork and exec may wait for a lock that nobody is left to give back, and its parent with it.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def leashed(command: list[str], ends_with: signal.Signals, niceness: int = 0) -> list[str]:
    """`command` as a child that gives way by `niceness`, and is sent `ends_with` when this process dies (on Linux)."""
    words = [str(int(ends_with)), str(niceness), str(os.getpid())]
    return [sys.executable, "-IS", __file__, *words, *command]


def become(ends_with: int, niceness: int, parent: int, command: list[str]) -> None:
    os.nice(niceness)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, ends_with, 0, 0, 0)
        if os.getppid() != parent:  # It died before we had asked to be told.
            os.kill(os.getpid(), ends_with)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.exit(f"{command[0]} cannot be started: {error.strerror}")


if __name__ == "__main__":
    number, niceness, parent, *command = sys.argv[1:]
    become(int(number), int(niceness), int(parent), command)
