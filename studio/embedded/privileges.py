"""PostgreSQL refuses to run as root. How root starts it all the same, without an account of its own."""

import os
import pwd
import shutil
import subprocess
from functools import cache
from pathlib import Path


class RootRefused(Exception):
    """We are root, and this machine lets us neither enter a user namespace nor change the user."""


@cache
def unprivileged() -> tuple[str, ...]:
    """The words to put before a command so that it does not run as root; empty for ordinary users.

    First choice: a user namespace, in which root's own files stay its own. Where those are forbidden, as in
    many containers: another user, who keeps the right to enter root's folders (a home of mode 0700, say).
    """
    if os.geteuid() != 0:
        return ()
    ways = [in_namespace(), as_stranger()]
    for way in ways:
        if shutil.which(way[0]) and works(way):
            return way
    raise RootRefused("PostgreSQL does not run as root. Start the studio as an ordinary user, or set DATABASE_URL.")


def in_namespace() -> tuple[str, ...]:
    user = stranger()
    return ("unshare", "--user", f"--map-user={user.pw_uid}", f"--map-group={user.pw_gid}")


def as_stranger() -> tuple[str, ...]:
    user = stranger()
    rights = "+dac_override,+dac_read_search"
    return (
        "setpriv",
        f"--reuid={user.pw_uid}",
        f"--regid={user.pw_gid}",
        "--clear-groups",
        f"--inh-caps={rights}",
        f"--ambient-caps={rights}",
        # A change of user forgets the signal that our own death sends, so it is set again here.
        "--pdeathsig=INT",
    )


def stranger() -> pwd.struct_passwd:
    """An account that exists (initdb looks its user up) and is not root."""
    return next(user for user in pwd.getpwall() if user.pw_uid != 0)


def works(way: tuple[str, ...]) -> bool:
    return subprocess.run([*way, "true"], capture_output=True, check=False).returncode == 0


def own(folder: Path) -> None:
    """Give `folder` and all in it to the user under whom PostgreSQL will run."""
    way = unprivileged()
    if not way:
        return
    user = stranger()
    owner = (0, 0) if way == in_namespace() else (user.pw_uid, user.pw_gid)
    if (folder.stat().st_uid, folder.stat().st_gid) != owner:
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, *owner, follow_symlinks=False)
