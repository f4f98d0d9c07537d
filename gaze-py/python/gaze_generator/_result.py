"""What was made: plain data, and how a notebook shows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

#: The file with the live rig in a folder of results, the one with every frame, and the overview.
RIG_FILE, PACK_FILE, CONTACT_FILE = "portrait.gaze", "frames.gaze", "contact.png"


@dataclass(frozen=True)
class Warning:
    """What may look wrong in a result, and why."""

    #: Short name, for instance ``"turned-head"``.
    kind: str
    #: A sentence for people.
    message: str

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class Timings:
    """Seconds that the parts of a run took."""

    #: To prepare the portrait.
    prepare: float
    #: From the first frame's beginning to the last sheet's end.
    sweep: float
    #: Within that, inside the engine's networks, for engines that have such.
    networks: float | None
    #: For everything.
    total: float


@dataclass(frozen=True)
class Result:
    """A folder of results. A notebook shows the face alive; where it cannot, the overview."""

    #: The folder.
    path: Path
    #: What ``metadata.json`` holds.
    manifest: dict[str, Any]
    #: Name and bytes of every file.
    files: dict[str, int]
    #: What may look wrong, and why.
    warnings: list[Warning]
    #: Seconds that the parts of the run took.
    timings: Timings
    #: Frames that an interrupted run had left, so that they were not rendered again.
    resumed_frames: int
    #: The engine that rendered: ``"embedded"`` or ``"liveportrait"``.
    engine: str

    def contact_sheet(self) -> Image:
        """The overview as a picture of Pillow's, RGB or RGBA.

        Raises:
            FileNotFoundError: the folder is gone.

        >>> from gaze_generator import GazeGenerator
        >>> result = GazeGenerator("embedded").generate("portrait.png", "overview", grid=4, max_size=128)
        >>> result.contact_sheet().size[0] > 128
        True
        """
        from PIL import Image

        with Image.open(self.path / CONTACT_FILE) as picture:
            picture.load()
            return picture

    def widget(self, **options: Any) -> Any:
        """The face as a widget that looks at the cursor; see :func:`gaze_generator._widget.show`.

        Raises:
            ImportError: anywidget is not installed: ``pip install 'gaze-generator[notebook]'``.
        """
        from ._widget import show

        return show(self._source(), **options)

    def _source(self) -> bytes:
        """The file that the widget plays: the rig where there is one, which is small."""
        name = RIG_FILE if RIG_FILE in self.files else PACK_FILE
        return (self.path / name).read_bytes()

    def _repr_mimebundle_(self, **options: Any) -> Any:
        from ._notebook import bundle

        return bundle(self, self.widget, lambda: (self.path / CONTACT_FILE).read_bytes(), **options)


class Rig(bytes):
    """The bytes of ``portrait.gaze``: a face that ``<gaze-tracker>`` draws. A notebook shows it alive.

    >>> from gaze_generator import GazeGenerator
    >>> rig = GazeGenerator("embedded").rig("portrait.png", max_size=128)
    >>> rig[:4], rig.warnings
    (b'GAZE', [])
    """

    #: What may look wrong, and why.
    warnings: list[Warning]

    def __new__(cls, data: bytes = b"", warnings: list[Warning] | None = None) -> Rig:
        rig = super().__new__(cls, data)
        rig.warnings = warnings or []
        return rig

    def __repr__(self) -> str:
        return f"<Rig: {len(self)} bytes>"

    __str__ = __repr__

    def __reduce__(self) -> Any:
        return (Rig, (bytes(self), self.warnings))

    def widget(self, **options: Any) -> Any:
        """The face as a widget that looks at the cursor; see :meth:`Result.widget`."""
        from ._widget import show

        return show(bytes(self), **options)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        from ._notebook import bundle, picture_of_rig

        return bundle(self, self.widget, lambda: picture_of_rig(self), **options)


@dataclass(frozen=True, eq=False)
class Faces:
    """The faces of a portrait, largest first: arrays with one entry a face, float32, in pixels of the upright
    picture, the centres of pixels at whole numbers."""

    #: N x 4: left, top, right and bottom of the mesh.
    boxes: np.ndarray[Any, np.dtype[np.float32]]
    #: N x 468 x 3: MediaPipe's face mesh: x, y and z, smaller z nearer to the viewer.
    landmarks: np.ndarray[Any, np.dtype[np.float32]]
    #: N x 2 x 3: centre (x, y) and radius of the iris of the subject's right and left eye.
    irises: np.ndarray[Any, np.dtype[np.float32]]
    #: N x 2: height of each eye's opening divided by its width; below 0.27 it is nearly closed.
    openness: np.ndarray[Any, np.dtype[np.float32]]
    #: N: the detector's score, 0.5 to 1.
    scores: np.ndarray[Any, np.dtype[np.float32]]

    def __len__(self) -> int:
        return len(self.boxes)

    def __repr__(self) -> str:
        return f"<Faces: {len(self)}>"
