"""A portrait goes in, and a face that looks at the visitor's cursor comes out.

>>> from gaze_generator import GazeGenerator
>>> result = GazeGenerator("embedded").generate("portrait.png", "face", grid=4, max_size=128)
>>> result.manifest["imageWidth"], len(result.files) > 4
(128, True)

- :class:`GazeGenerator`: folders of sheets and packs, single frames, live rigs, and the faces of a portrait;
- :class:`PreparedPortrait`, :class:`Pose`, :func:`open_rig`: any pose at any size;
- :class:`Result`, :class:`Rig`: what was made; a notebook shows both alive;
- :class:`GazeError` and its subclasses: everything that can go wrong;
- :mod:`gaze_generator.bulk`: many portraits, on many machines, by Ray.
"""

import atexit as _atexit

from ._errors import (
    CancelledError,
    EngineError,
    GazeError,
    InputNotFoundError,
    InvalidFormatError,
    InvalidInputError,
    InvalidOptionError,
    NoFaceError,
    OutOfMemoryError,
    OutputError,
    OutputExistsError,
)
from ._native import (
    GazeGenerator,
    Pose,
    PreparedPortrait,
    Progress,
    Sweep,
    __version__,
    open_rig,
)
from ._native import end_sweeps as _end_sweeps
from ._result import Faces, Result, Rig, Timings, Warning

__all__ = [
    "CancelledError",
    "EngineError",
    "Faces",
    "GazeError",
    "GazeGenerator",
    "InputNotFoundError",
    "InvalidFormatError",
    "InvalidInputError",
    "InvalidOptionError",
    "NoFaceError",
    "OutOfMemoryError",
    "OutputError",
    "OutputExistsError",
    "Pose",
    "PreparedPortrait",
    "Progress",
    "Result",
    "Rig",
    "Sweep",
    "Timings",
    "Warning",
    "__version__",
    "open_rig",
]

# Threads that still render do not outlive the interpreter.
_atexit.register(_end_sweeps)
