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
    #: The part of the portrait that frames show, in its pixels: ``x``, ``y``, ``width`` and ``height``;
    #: none where they show all of it.
    crop: dict[str, int] | None = None

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
        """The face as a widget that looks at the cursor.

        Args:
            options: ``width``, ``height``, ``label``, ``smoothing``, ``idle``, ``blink``, ``caption``,
                ``controls`` and ``css``; see :func:`gaze_generator._widget.show`.

        Raises:
            ImportError: anywidget is not installed: ``pip install 'gaze-generator[notebook]'``.
            InvalidOptionError: an option is out of its range.
            FileNotFoundError: the folder is gone.
        """
        return self._widget(self._picture(), **options)

    def _widget(self, picture: Any, **options: Any) -> Any:
        from ._widget import show

        return show(self._face(), is_rig=self._has_rig, picture=picture, **options)

    @property
    def _has_rig(self) -> bool:
        return RIG_FILE in self.files

    def _face(self) -> bytes:
        """The file that the widget plays: the rig where there is one, which is small."""
        if not self._has_rig and PACK_FILE not in self.files:
            raise FileNotFoundError(
                f"{self.path} has neither {RIG_FILE} nor {PACK_FILE}: generate with rig or pack"
            )
        return (self.path / (RIG_FILE if self._has_rig else PACK_FILE)).read_bytes()

    def _picture(self) -> Any:
        """The overview, small."""
        from ._notebook import picture_of_file, picture_room

        room = picture_room(self._face() if self._has_rig else None)
        return picture_of_file(self.contact_sheet, (self.path / CONTACT_FILE).read_bytes, room)

    def _repr_mimebundle_(self, **_options: Any) -> Any:
        from ._notebook import bundle

        if not (self.path / CONTACT_FILE).is_file():
            return {"text/plain": repr(self)}
        text = "\n".join([f"<Result: {self.path}, {len(self.files)} files>", *map(str, self.warnings)])
        return bundle(text, self._picture, self._widget)

    def _display_(self) -> Any:
        """What marimo shows."""
        from ._notebook import widget_or_picture

        return widget_or_picture(self._widget, self._picture)


class Rig(bytes):
    """The bytes of ``portrait.gaze``: a face that ``<gaze-tracker>`` draws. A notebook shows it alive.

    >>> from gaze_generator import GazeGenerator
    >>> rig = GazeGenerator("embedded").rig("portrait.png")
    >>> isinstance(rig, bytes), len(rig) < 60_000, rig.warnings
    (True, True, [])
    """

    #: What may look wrong, and why.
    warnings: list[Warning]
    #: The part of the portrait that it shows; see :class:`Result`.
    crop: dict[str, int] | None

    def __new__(
        cls,
        data: bytes = b"",
        warnings: list[Warning] | None = None,
        crop: dict[str, int] | None = None,
    ) -> Rig:
        rig = super().__new__(cls, data)
        rig.warnings = warnings or []
        rig.crop = crop
        return rig

    def __repr__(self) -> str:
        return f"<Rig: {len(self)} bytes>"

    __str__ = __repr__

    def __reduce__(self) -> Any:
        return (Rig, (bytes(self), self.warnings, self.crop))

    def widget(self, **options: Any) -> Any:
        """The face as a widget that looks at the cursor; see :meth:`Result.widget`."""
        return self._widget(self._picture(), **options)

    def _widget(self, picture: Any, **options: Any) -> Any:
        from ._widget import show

        return show(bytes(self), is_rig=True, picture=picture, **options)

    def _picture(self) -> Any:
        """The face in a few poses."""
        from ._notebook import picture_of_rig, picture_room

        return picture_of_rig(self, picture_room(self))

    def _repr_mimebundle_(self, **_options: Any) -> Any:
        from ._notebook import bundle

        return bundle("\n".join([repr(self), *map(str, self.warnings)]), self._picture, self._widget)

    def _display_(self) -> Any:
        """What marimo shows."""
        from ._notebook import widget_or_picture

        return widget_or_picture(self._widget, self._picture)


@dataclass(frozen=True, eq=False)
class Faces:
    """The faces of a portrait, largest first: arrays with one entry a face, float32.

    In pixels of the upright picture, the centres of pixels at whole numbers.
    """

    #: N x 4: left, top, right and bottom of the mesh.
    boxes: np.ndarray[Any, np.dtype[np.float32]]
    #: N x 468 x 3: MediaPipe's face mesh: x, y and z, smaller z nearer to the viewer.
    landmarks: np.ndarray[Any, np.dtype[np.float32]]
    #: N x 2 x 3: centre (x, y) and radius of the iris of the subject's right and left eye.
    irises: np.ndarray[Any, np.dtype[np.float32]]
    #: N x 2: height of each eye's opening divided by its width; below 0.18 it is nearly closed.
    openness: np.ndarray[Any, np.dtype[np.float32]]
    #: N: the detector's score, 0.5 to 1.
    scores: np.ndarray[Any, np.dtype[np.float32]]

    def __len__(self) -> int:
        return len(self.boxes)

    def __repr__(self) -> str:
        return f"<Faces: {len(self)}>"
