"""The live face of a notebook: an anywidget that needs no network, and no kernel once it is saved."""

from __future__ import annotations

import base64
import gzip
import hashlib
from functools import lru_cache
from importlib import resources
from typing import Any

try:
    import anywidget
    import traitlets
except ImportError as error:
    raise ImportError(
        f"the widget needs anywidget ({error}): pip install 'gaze-generator[notebook]'"
    ) from error

from ._cells import opened, shown_here
from ._errors import InvalidOptionError
from ._native import player_source

#: Bytes that a face may add to a saved notebook: its widget's state, and the picture in the output.
SAVED_BYTES = 200_000
#: Of these, what else the widget and its layout have, what the output says beside its picture, and what
#: notebook files put around all of it.
_FRAME_BYTES = 5_000
#: A file that is not saved is sent in pieces of this many bytes.
_PIECE_BYTES = 4 << 20
#: Five digits for four bytes, as JSON and HTML leave them: shorter than base64.
_DIGITS = str.maketrans("<&>`", ".,:/")
#: What the picture shows, for those who do not see it.
_LABEL = "Portrait that follows the pointer"


def _text(data: bytes) -> str:
    return base64.b85encode(data).decode("ascii").translate(_DIGITS)


def _static(name: str) -> str:
    return (resources.files(__package__) / "static" / name).read_text("utf-8")


def _page_code() -> str:
    """The half that runs in the page, without its comments: each face that is saved has it."""
    lines = (line.strip() for line in _static("widget.js").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(("//", "/**")))


class _Player:
    """A build of ``<gaze-tracker>`` in one file."""

    def __init__(self, source: str) -> None:
        #: Tells builds apart: a page may show faces of several.
        self.build = hashlib.sha256(source.encode()).hexdigest()[:12]
        self.packed = gzip.compress(source.encode(), 9, mtime=0)
        self.text = _text(self.packed)


@lru_cache(maxsize=1)
def _rig_player() -> _Player:
    """Draws rigs alone, and is small."""
    return _Player(_static("rig-player.js"))


@lru_cache(maxsize=1)
def _whole_player() -> _Player:
    return _Player(player_source())


class FaceWidget(anywidget.AnyWidget):  # type: ignore[misc, unused-ignore]
    """A face that looks at the cursor.

    The options of :func:`show` are traits, and may be set at any time; lengths as CSS writes them.
    """

    _esm = _page_code()
    _build = traitlets.Unicode().tag(sync=True)
    #: Empty where they are not saved, but sent on demand.
    _player = traitlets.Unicode().tag(sync=True)
    _rig = traitlets.Unicode().tag(sync=True)
    #: Address of a picture to show where there is no live face.
    _picture = traitlets.Unicode().tag(sync=True)

    width = traitlets.Unicode().tag(sync=True)
    height = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode(_LABEL).tag(sync=True)
    smoothing = traitlets.Float(0.12).tag(sync=True)
    idle = traitlets.Bool(False).tag(sync=True)
    blink = traitlets.Bool(False).tag(sync=True)
    caption = traitlets.Unicode().tag(sync=True)
    controls = traitlets.Bool(False).tag(sync=True)
    css = traitlets.Unicode().tag(sync=True)

    def __init__(self, files: dict[str, bytes], **traits: Any) -> None:
        #: What is sent on demand.
        self._files = files
        super().__init__(**traits)
        self.on_msg(self._answer)
        opened(self)
        shown_here(self)

    @traitlets.validate("width", "height")
    def _valid_length(self, proposal: Any) -> str:
        return _length(proposal["trait"].name, proposal["value"])

    @traitlets.validate("smoothing")
    def _valid_smoothing(self, proposal: Any) -> float:
        return _smoothing(proposal["value"])

    def _answer(self, _widget: Any, question: Any, _buffers: Any) -> None:
        """Sends a piece of a file that the page asks for."""
        asked = question if isinstance(question, dict) else {}
        file, part = asked.get("file"), asked.get("part")
        data = self._files.get(file) if isinstance(file, str) else None
        if data is None or not isinstance(part, int) or part < 0:
            return
        parts = max(1, -(-len(data) // _PIECE_BYTES))
        piece = data[part * _PIECE_BYTES : (part + 1) * _PIECE_BYTES]
        self.send({"file": file, "part": part, "parts": parts}, buffers=[piece])

    def _repr_mimebundle_(self, **options: Any) -> Any:
        if self.comm is None:
            # It was closed with the output that it stood in.
            self.layout.open()
            self.open()
            opened(self)
        shown_here(self)
        return super()._repr_mimebundle_(**options)

    def close(self) -> None:
        """Takes the face out of all outputs, and what it holds out of the notebook."""
        layout = self.layout
        super().close()
        # ipywidgets puts None in its place; this one may be shown again.
        self.__dict__.pop("_repr_mimebundle_", None)
        layout.close()


def _length(name: str, value: object) -> str:
    """Pixels, or a length of CSS's, as CSS writes it."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e6:
        raise InvalidOptionError(f"{name}={value!r}: use pixels, or a length such as '50%'")
    return f"{value:g}px"


def _smoothing(value: float) -> float:
    if not 0.001 <= value <= 1:
        raise InvalidOptionError(f"smoothing={value!r}: use 0.001 to 1")
    return value


def show(
    face: bytes,
    *,
    is_rig: bool,
    picture: tuple[str, bytes] | None = None,
    width: int | float | str | None = None,
    height: int | float | str | None = None,
    label: str = _LABEL,
    smoothing: float = 0.12,
    idle: bool = False,
    blink: bool = False,
    caption: str = "",
    controls: bool = False,
    css: str = "",
) -> FaceWidget:
    """A widget with a face that looks at the cursor.

    Args:
        face: the file that it plays, ``portrait.gaze`` or ``frames.gaze``.
        is_rig: whether that is a rig alone, which a smaller player draws.
        picture: media type and bytes of what the notebook shows where there is no live face.
        width, height: size on the page: pixels, or a length of CSS's such as ``"50%"``; by default the
            frames' own, and no wider than the page.
        label: what the picture shows, for those who do not see it.
        smoothing: share of the remaining way covered in 1/60 s, 0.001 to 1.
        idle: glance round while nothing moves.
        blink: blink now and then, where the face can.
        caption: words on the picture, for everybody to see, such as "AI-generated motion".
        controls: show the button for full screen.
        css: more style of the element's, for instance ``"border-radius: 50%; --gaze-fit: cover"``.

    A rig is saved with the notebook, and lives without a kernel, where that adds no more than 200 kB; other
    faces are sent while the kernel runs, and a saved notebook shows the picture in their place.

    Raises:
        InvalidOptionError: an option is out of its range.
    """
    player = _rig_player() if is_rig else _whole_player()
    options: dict[str, Any] = {
        "width": _length("width", width),
        "height": _length("height", height),
        "label": label,
        "smoothing": _smoothing(smoothing),
        "idle": idle,
        "blink": blink,
        "caption": caption,
        "controls": controls,
        "css": css,
    }
    options["_build"] = player.build
    room = room_for_picture(face) if is_rig else -1
    if room >= (len(_base64(picture[1])) if picture else 0):
        return FaceWidget({}, _player=player.text, _rig=_text(face), **options)
    address = f"data:{picture[0]};base64,{_base64(picture[1])}" if picture else ""
    return FaceWidget({"player": player.packed, "face": bytes(face)}, _picture=address, **options)


def room_for_picture(rig: bytes) -> int:
    """How many characters of base64 a saved notebook may have for a picture beside this rig; negative where
    the rig itself is too large to be saved."""
    code = len(FaceWidget._esm) + len(_rig_player().text)
    return SAVED_BYTES - _FRAME_BYTES - code - -(-len(rig) // 4) * 5


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
