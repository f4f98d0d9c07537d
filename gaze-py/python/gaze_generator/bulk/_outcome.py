"""What became of each portrait, and the file that says so."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from .._errors import InvalidFormatError, InvalidOptionError
from .._result import Warning

#: Suffixes of reports.
JSON_LINES, PARQUET = ".jsonl", ".parquet"
#: Suffix of files that are being written.
PART = ".part"


@dataclass(frozen=True)
class Outcome:
    """What became of one portrait."""

    #: Name of its results, below the folder of all results.
    name: str
    #: ``"made"`` now, ``"unchanged"`` since an earlier run, or ``"failed"``.
    status: Literal["made", "unchanged", "failed"]
    #: File of the portrait; None where it had none.
    portrait: str | None = None
    #: Folder of its results, or its live rig; None where it failed.
    path: str | None = None
    #: The engine that rendered.
    engine: str | None = None
    #: Bytes of all its results.
    bytes: int = 0
    #: What may look wrong, and why.
    warnings: list[Warning] = field(default_factory=list)
    #: Class of the exception; ``"ActorDied"`` where the process that worked on it died again and again.
    error: str | None = None
    #: What went wrong, and what to do.
    message: str | None = None
    #: How often it was begun in this run: 0 where nothing had to be done, 2 where its process had died once.
    attempts: int = 0
    #: Seconds that the last attempt took.
    seconds: float = 0.0
    #: SHA-256 of the picture; None where it could not be read.
    sha256: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Outcome:
        """What :meth:`to_json` gave."""
        return cls(**{**values, "warnings": [Warning(**warning) for warning in values["warnings"]]})


@dataclass(frozen=True)
class Report:
    """What became of all portraits of a run, in the order in which they were given."""

    outcomes: list[Outcome]
    #: The report's file, where one was asked for.
    path: Path | None = None

    @property
    def made(self) -> list[Outcome]:
        """Those made in this run."""
        return self._of("made")

    @property
    def unchanged(self) -> list[Outcome]:
        """Those whose results an earlier run had made of the same picture with the same options."""
        return self._of("unchanged")

    @property
    def failed(self) -> list[Outcome]:
        """Those without results."""
        return self._of("failed")

    def _of(self, status: str) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.status == status]

    def __len__(self) -> int:
        return len(self.outcomes)

    def __str__(self) -> str:
        return f"{len(self.made)} made, {len(self.unchanged)} unchanged, {len(self.failed)} failed"

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Report:
        """Reads the report of an earlier run.

        Raises:
            InvalidFormatError: it is none.
            OSError: it cannot be read.
        """
        file = Path(path)
        try:
            if suffix_of(file) == PARQUET:
                import pyarrow.parquet

                rows = pyarrow.parquet.ParquetFile(file).read().to_pylist()
            else:
                rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
            return cls([Outcome.from_json(row) for row in rows], file)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidFormatError(f"{file} is no report of gaze's: {error}") from error


def suffix_of(report: Path) -> str:
    """Which kind of report a file is to be.

    Raises:
        InvalidOptionError: neither.
    """
    suffix = report.suffix.lower()
    if suffix not in (JSON_LINES, PARQUET):
        raise InvalidOptionError(f"report is {str(report)!r}: end it in {JSON_LINES} or {PARQUET}")
    return suffix


def write_report(report: Path, outcomes: list[Outcome]) -> None:
    """Writes it as a whole, or leaves what was there."""
    if suffix_of(report) == PARQUET:
        import pyarrow.parquet

        sink = pyarrow.BufferOutputStream()
        pyarrow.parquet.write_table(table_of(outcomes), sink)
        written = sink.getvalue().to_pybytes()
    else:
        # Without ensure_ascii, names that are no Unicode could not be written.
        written = "".join(json.dumps(outcome.to_json()) + "\n" for outcome in outcomes).encode()
    report.parent.mkdir(parents=True, exist_ok=True)
    write_whole(report, written, report.parent)


def write_whole(path: Path, data: bytes, scratch: Path) -> None:
    """Writes a file by way of another in the folder `scratch` of the same file system."""
    part = scratch / f".{uuid.uuid4().hex}{PART}"
    try:
        part.write_bytes(data)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def table_of(outcomes: Iterable[Outcome]) -> Any:
    """Outcomes as a table of Arrow's, with the same types whatever is missing."""
    import pyarrow as pa

    text = pa.string()
    types = {
        "bytes": pa.int64(),
        "warnings": pa.list_(pa.struct([("kind", text), ("message", text)])),
        "attempts": pa.int32(),
        "seconds": pa.float64(),
    }
    schema = pa.schema([(name, types.get(name, text)) for name in Outcome.__dataclass_fields__])
    return pa.Table.from_pylist([outcome.to_json() for outcome in outcomes], schema=schema)
