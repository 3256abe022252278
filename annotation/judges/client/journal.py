"""What was asked and answered, in a file before anything else is done with it: `kill -9` loses none of it.

Whoever asks for the same purpose again finds there what was paid for and did not come to be stored. What was asked and
never heard of is counted: whether the endpoint answered, and wants to be paid, nobody here can know.
"""

import fcntl
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec

from annotation.judges.client.calls import Answer, CallFailed, Fault

# A file that grew past this is written anew, without what is stored by now.
LARGE = 4 * 2**20


class JournalLine(msgspec.Struct, omit_defaults=True):
    """A question was asked, failed, or was answered; or so many of an earlier journal were never heard of."""

    asked: str = ""
    failed: str = ""
    answered: str = ""
    answer: Answer | None = None
    unheard: int = 0


def plain(value: Any) -> list[str]:
    assert isinstance(value, CallFailed)
    return [str(value), value.fault.value]


def failure(kind: type, value: Any) -> CallFailed:
    says, fault = value
    return CallFailed(says, Fault(fault))


ENCODER = msgspec.json.Encoder(enc_hook=plain)
DECODER = msgspec.json.Decoder(JournalLine, dec_hook=failure)


class Journal:
    """One file of `folder`, and those there whose writer has died. Raises CallFailed where it cannot be written.

    `found` are answers that are paid for and not stored, by the digest of their question. Safe between threads.
    """

    def __init__(self, folder: Path) -> None:
        self.lock = threading.Lock()
        self.found: dict[str, Answer] = {}
        self.asked_now: set[str] = set()
        self.not_stored: dict[str, bytes] = {}
        self.unheard = 0
        self.path = folder / f"{uuid4().hex}.jsonl"
        inherited: list[Path] = []
        with ExitStack() as held:
            try:
                discard_unfinished(folder)
                for path in sorted(folder.glob("*.jsonl")):
                    if (file := held.enter_context(locked(path))) is not None:
                        self.inherit(file)
                        inherited.append(path)
                self.file = self.written_anew()
            except OSError as error:
                raise cannot_write(folder, error) from error
            for path in inherited:
                forget(path)

    def inherit(self, file: int) -> None:
        """Take over what a journal holds whose writer has died."""
        under_way = set[str]()
        for text, line in read(file):
            if line.asked:
                under_way.add(line.asked)
            elif line.answer:
                self.found[line.answered], self.not_stored[line.answered] = line.answer, text
            under_way -= {line.failed, line.answered}
            self.unheard += line.unheard
        self.unheard += len(under_way)

    def asked(self, digest: str) -> None:
        """Before it is. Raises CallFailed: what could not be kept is not asked."""
        with self.lock:
            self.asked_now.add(digest)
            try:
                self.write(JournalLine(asked=digest))
            except OSError as error:
                raise cannot_write(self.path, error) from error

    def heard(self, digest: str, outcome: Answer | CallFailed | None) -> None:
        """What came of it, if anything. Where the disk is full now, an answer still goes to the database."""
        with self.lock, suppress(OSError):
            was_asked = digest in self.asked_now
            self.asked_now.discard(digest)
            if isinstance(outcome, Answer):
                self.not_stored[digest] = self.write(JournalLine(answered=digest, answer=outcome))
            elif was_asked:
                self.write(JournalLine(failed=digest))

    def stored(self, digests: Iterable[str]) -> None:
        """These are in the database: they need be found by nobody."""
        with self.lock:
            for digest in digests:
                self.not_stored.pop(digest, None)
                self.found.pop(digest, None)
            if os.fstat(self.file).st_size > self.most:
                self.shorten()

    def close(self) -> None:
        """What is not stored stays for the next one, and so does the count of what was never heard of."""
        with self.lock:
            if self.not_stored or self.asked_now or self.unheard:
                self.shorten()
            else:
                forget(self.path)
            os.close(self.file)

    def shorten(self) -> None:
        """Leave out what is stored by now; on a full disk the long file stays."""
        with suppress(OSError):
            file, self.file = self.file, self.written_anew()
            os.close(file)

    def write(self, line: JournalLine) -> bytes:
        text = ENCODER.encode(line) + b"\n"
        append(self.file, text)
        return text

    def written_anew(self) -> int:
        """The file with what has to be in it, in place of an earlier one at once."""
        beside = self.path.with_suffix(".new")
        asked = [ENCODER.encode(JournalLine(asked=digest)) + b"\n" for digest in sorted(self.asked_now)]
        counted = [ENCODER.encode(JournalLine(unheard=self.unheard)) + b"\n"] if self.unheard else []
        text = b"".join([*counted, *asked, *self.not_stored.values()])
        # Where all of it is needed still, it is not written again for each answer.
        self.most = max(LARGE, 2 * len(text))
        file = opened(beside)
        try:
            append(file, text)
            beside.replace(self.path)
        except OSError:
            os.close(file)
            beside.unlink(missing_ok=True)
            raise
        return file


def opened(path: Path) -> int:
    """A new file, held by us, in a folder from which whoever begins or ends there may be removing it."""
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file).st_nlink:
                return file
            os.close(file)


def append(file: int, text: bytes) -> None:
    """All of it or nothing: half a line would spoil the next one, too. Raises OSError."""
    before = os.fstat(file).st_size
    try:
        while text:
            text = text[os.write(file, text) :]
    except OSError:
        os.ftruncate(file, before)
        raise


def discard_unfinished(folder: Path) -> None:
    """Files that somebody who died was about to put in the place of a journal: all in them is in the journals, too."""
    for path in folder.glob("*.new"):
        with locked(path) as file:
            if file is not None:
                path.unlink(missing_ok=True)


def discard_counts(folder: Path) -> None:
    """Remove what holds no more than the count of what was never heard of, once that is told where it stays."""
    for path in folder.glob("*.jsonl"):
        with locked(path) as file:
            if file is not None and not any(line.asked or line.answer for _, line in read(file)):
                forget(path)


def forget(path: Path) -> None:
    """Remove a journal, and its folder once that is empty."""
    path.unlink(missing_ok=True)
    with suppress(OSError):
        path.parent.rmdir()


@contextmanager
def locked(path: Path) -> Iterator[int | None]:
    """The file, held by us alone; None where its writer lives, or another was quicker."""
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        yield None
        return
    try:
        yield file if is_ours(file) else None
    finally:
        os.close(file)


def is_ours(file: int) -> bool:
    """Whether nobody else had the lock, nor removed the file before we had it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return os.fstat(file).st_nlink > 0


def read(file: int) -> Iterator[tuple[bytes, JournalLine]]:
    """Its lines; the last one may have been cut."""
    with os.fdopen(os.dup(file), "rb") as lines:
        for text in lines:
            with suppress(msgspec.DecodeError):
                yield text, DECODER.decode(text)


def cannot_write(path: Path, error: OSError) -> CallFailed:
    says = f"{path} cannot be written ({error.strerror}), and nothing is asked whose answer could be lost."
    return CallFailed(f"{says} Free some space there, and resume.", Fault.GONE, stops=True)
