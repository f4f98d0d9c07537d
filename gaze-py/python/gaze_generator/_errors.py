"""Exceptions: one for each kind of error, also a subclass of what a Python user would catch."""

from __future__ import annotations

from pathlib import Path


class GazeError(Exception):
    """Anything that goes wrong in gaze. The message says what to do."""

    #: The file or folder that it is about, where there is one.
    path: Path | None = None


class InvalidOptionError(GazeError, ValueError):
    """An option is out of its range."""


class InvalidInputError(GazeError, ValueError):
    """The portrait, or a file, cannot be read, is too large or is damaged."""


class InputNotFoundError(InvalidInputError, FileNotFoundError):
    """There is no file of that name."""


class NoFaceError(GazeError, ValueError):
    """The portrait shows no face that can be used, or not the one that was chosen."""


class EngineError(GazeError, RuntimeError):
    """An engine is not available, or one of its models or its library failed."""


class OutputError(GazeError, OSError):
    """The results cannot be written, or do not fit their format."""


class OutputExistsError(OutputError, FileExistsError):
    """There is something where the results would go: see ``force``."""


class InvalidFormatError(GazeError, ValueError):
    """A file of gaze's does not keep its format."""


class OutOfMemoryError(GazeError, MemoryError):
    """The memory does not suffice."""


class CancelledError(GazeError):
    """The run was stopped. A callback that raises, and Ctrl-C, raise what they raised instead."""
