"""What is known of each portrait from one process, and one run, to the next.

It is kept as small files in a hidden folder of the results, which all machines of a cluster see as they see
those:

- ``ID.json``: the outcome, what it was made of, and the files that were written;
- ``RUN.failure``: why an actor could not begin;
- ``ID.RUN.N.begun``: the N-th attempt of a run was begun and did not end yet, so that its process may have
  died.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from ._outcome import PART, Outcome, write_whole

#: Name of the folder.
FOLDER = ".gaze-bulk"
_BEGUN, _FAILURE = ".begun", ".failure"


@dataclass(frozen=True)
class Record:
    """How a portrait's last attempt ended."""

    outcome: Outcome
    #: Hash of all that the results follow from.
    key: str
    #: Name and bytes of every file, below the folder of all results.
    files: dict[str, int]
    run: str


class Ledger:
    """The ledger of one folder of results, as one run sees it."""

    def __init__(self, out: Path, run: str, kind: str) -> None:
        """`kind` keeps folders and rigs of the same name apart."""
        self._out, self._run, self._kind = out, run, kind
        self._folder = out / FOLDER
        self._folder.mkdir(parents=True, exist_ok=True)

    @property
    def folder(self) -> Path:
        """Where it is, and where files may lie that are not whole yet."""
        return self._folder

    def forget_other_runs(self) -> None:
        """Removes what runs that were stopped had begun, and what they left half written."""
        for file in self._folder.iterdir():
            if file.suffix in (_BEGUN, _FAILURE, PART) and f".{self._run}." not in file.name:
                file.unlink(missing_ok=True)

    def record(self, name: str) -> Record | None:
        """How the last attempt ended; None where none did, or where that cannot be read any more."""
        try:
            values = json.loads(self._file(name).read_bytes())
            return Record(**{**values, "outcome": Outcome.from_json(values["outcome"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def is_of_this_run(self, record: Record) -> bool:
        """Whether this run wrote it, so that it need not be tried again."""
        return record.run == self._run

    def is_whole(self, record: Record) -> bool:
        """Whether the files that it names are still there."""
        try:
            return all((self._out / file).stat().st_size == size for file, size in record.files.items())
        except OSError:
            return False

    def begin(self, name: str, most: int) -> tuple[int, str]:
        """Notes down that the portrait is begun, unless it was `most` times in this run.

        Returns:
            Which attempt this is, `most` + 1 where there must be no other, and where the last one was.
        """
        self._file(name).unlink(missing_ok=True)
        for attempt in range(1, most + 1):
            try:
                with open(self._begun(name, attempt), "x", encoding="utf-8") as file:
                    file.write(f"process {os.getpid()} on {socket.gethostname()}")
                return attempt, ""
            except FileExistsError:
                pass
        return most + 1, self._begun(name, most).read_text(encoding="utf-8")

    def end(self, name: str, outcome: Outcome, key: str, files: dict[str, int]) -> None:
        """Notes down how it ended."""
        values = {"outcome": outcome.to_json(), "key": key, "files": files, "run": self._run}
        write_whole(self._file(name), json.dumps(values).encode(), self._folder)
        for attempt in range(1, outcome.attempts + 1):
            self._begun(name, attempt).unlink(missing_ok=True)

    def note_failure(self, error: Exception) -> None:
        """Notes down that an actor could not begin at all."""
        failure = json.dumps([type(error).__name__, str(error)])
        write_whole(self._failure, failure.encode(), self._folder)

    def failure(self) -> tuple[str, str] | None:
        """Class and message of what kept an actor from beginning."""
        try:
            name, message = json.loads(self._failure.read_bytes())
        except FileNotFoundError:
            return None
        self._failure.unlink(missing_ok=True)
        return name, message

    @property
    def _failure(self) -> Path:
        return self._folder / f"{self._run}{_FAILURE}"

    def _id(self, name: str) -> str:
        # Names may be longer than file systems take, and hold any character.
        return hashlib.sha256(f"{self._kind}\0{name}".encode("utf-8", "surrogateescape")).hexdigest()[:32]

    def _file(self, name: str) -> Path:
        return self._folder / f"{self._id(name)}.json"

    def _begun(self, name: str, attempt: int) -> Path:
        return self._folder / f"{self._id(name)}.{self._run}.{attempt}{_BEGUN}"
