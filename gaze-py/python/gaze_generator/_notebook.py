"""What a notebook is told of a result: the live widget, and where none can run a picture and a line."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

from ._cells import is_terminal
from ._native import Pose, open_rig

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from PIL.Image import Image

#: Bytes of a picture beside a live face, more where there is room, and at most.
_LEAST_PICTURE, _MOST_PICTURE = 6_000, 24_000
#: Without Pillow a PNG file of at most so many bytes.
_MOST_PNG = 60_000
#: Side in pixels of each pose of a rig's picture, and where they look.
_POSE_SIDE = 160
_POSES = ((-0.9, 0.0), (0.0, 0.0), (0.9, 0.0))
#: Longer side and JPEG quality of a picture, the first that is small enough.
_SIZES = (
    (512, 70),
    (448, 60),
    (448, 45),
    (384, 45),
    (352, 40),
    (320, 40),
    (320, 32),
    (256, 36),
    (256, 28),
    (192, 30),
)

#: Media type and bytes.
Picture = tuple[str, bytes]


def picture_of_file(read: Callable[[], Image], file: Callable[[], bytes], most: int) -> Picture | None:
    """A small copy, at most `most` bytes. Without Pillow: the file itself if it is small, else none."""
    try:
        return _jpeg(read(), most)
    except ImportError:
        data = file()
        return ("image/png", data) if len(data) <= min(most, _MOST_PNG) else None


def picture_of_rig(rig: bytes, most: int) -> Picture | None:
    """A face that looks left, ahead and right; without Pillow ahead. None if that takes over `most` bytes."""
    prepared = open_rig(bytes(rig))
    try:
        from PIL import Image
    except ImportError:
        for side in (_POSE_SIDE, 96, 64):
            data = _png(prepared.render(size=side))
            if len(data) <= min(most, _MOST_PNG):
                return "image/png", data
        return None
    frames = [Image.fromarray(prepared.render(Pose.looking_at(x, y), size=_POSE_SIDE)) for x, y in _POSES]
    width, height = frames[0].size
    strip = Image.new(frames[0].mode, (width * len(frames), height))
    for i, frame in enumerate(frames):
        strip.paste(frame, (i * width, 0))
    return _jpeg(strip, most)


def _jpeg(image: Image, most: int) -> Picture | None:
    """The picture as large and as good as `most` bytes allow, on white where it is transparent."""
    from PIL import Image as images

    if image.mode != "RGB":
        clear = image.convert("RGBA")
        image = images.new("RGB", clear.size, "white")
        image.paste(clear, mask=clear.getchannel("A"))
    for side, quality in _SIZES:
        small = image.copy()
        small.thumbnail((side, side))
        file = io.BytesIO()
        small.save(file, "JPEG", quality=quality, optimize=True)
        if len(file.getvalue()) <= most:
            return "image/jpeg", file.getvalue()
    return None


def _png(pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> bytes:
    """A PNG file of RGB or RGBA."""
    height, width, channels = pixels.shape
    rows = b"".join(b"\0" + pixels[row].tobytes() for row in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 6 if channels == 4 else 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )


def picture_room(rig: bytes | None) -> int:
    """How many bytes a picture may have that is saved beside this rig, or where none is."""
    if rig is None:
        return _MOST_PICTURE
    try:
        from ._widget import room_for_picture
    except ImportError:
        return _MOST_PICTURE
    room = room_for_picture(rig) // 4 * 3
    # A rig without room for a picture is not saved itself.
    return min(room, _MOST_PICTURE) if room >= _LEAST_PICTURE else _MOST_PICTURE


def bundle(
    text: str, picture: Callable[[], Picture | None], widget: Callable[[Picture | None], Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Data and metadata by media type. No widget where there is no anywidget; in a terminal text alone.

    `widget` is given the picture, which takes a while to make.
    """
    if is_terminal():
        return {"text/plain": text}, {}
    data: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    still = picture()
    try:
        made = widget(still)
    except ImportError:
        pass
    else:
        shown = made._repr_mimebundle_()
        data, metadata = shown if isinstance(shown, tuple) else (shown or {}, {})
    if still is not None:
        data[still[0]] = base64.b64encode(still[1]).decode("ascii")
    data["text/plain"] = text
    return data, metadata


def widget_or_picture(widget: Callable[[Picture | None], Any], picture: Callable[[], Picture | None]) -> Any:
    """The widget; where anywidget is not installed an object that notebooks show as the picture."""
    still = picture()
    try:
        return widget(still)
    except ImportError:
        return Still(still)


class Still:
    """A picture that notebooks show."""

    def __init__(self, picture: Picture | None) -> None:
        self._kind, self._data = picture or ("", b"")

    def _repr_png_(self) -> bytes | None:
        return self._data if self._kind == "image/png" else None

    def _repr_jpeg_(self) -> bytes | None:
        return self._data if self._kind == "image/jpeg" else None
