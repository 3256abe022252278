"""How the work of a run can end before its end."""


class RunFailed(Exception):
    """What the run was to do did not work; the message is for whoever asked for it."""


class RunStopped(Exception):
    """It was asked to stop, or came to a limit (the message says to which), and what it did so far is safe."""


class Killed(RunFailed):
    """Its program was killed from outside: by somebody, or by a system that ran out of memory."""


class WaitsForPeople(Exception):
    """What is left is for people to do: `done` of `total` judgments are given."""

    def __init__(self, done: int, total: int) -> None:
        super().__init__(f"{total - done} of {total} judgments are left.")
        self.done, self.total = done, total
