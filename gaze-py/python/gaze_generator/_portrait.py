"""Pictures of Pillow's, and arrays: what can be said of them before they are pixels."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

from ._errors import InvalidInputError

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

#: Modes of Pillow's that a PNG file has as they are.
_PNG_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})
#: Other modes that a conversion loses nothing of that is seen, and what they become.
_CONVERTED_MODES = {
    "CMYK": "RGB",
    "HSV": "RGB",
    "LAB": "RGB",
    "La": "LA",
    "PA": "RGBA",
    "RGBX": "RGB",
    "RGBa": "RGBA",
    "YCbCr": "RGB",
}


def is_pillow_image(value: object) -> bool:
    """Whether it is a picture of Pillow's, which is not imported for that."""
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(value, module.Image)


def bytes_of_image(image: Image) -> bytes:
    """The picture as a PNG file, upright and with its colour profile."""
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(image) or image
    profile = upright.info.get("icc_profile")
    if upright.mode not in _PNG_MODES:
        mode = _CONVERTED_MODES.get(upright.mode)
        if mode is None:
            raise InvalidInputError(
                f"values of a PIL image of mode {image.mode!r} have no agreed range: "
                "scale them and convert the image to 'L' or 'RGB'"
            )
        # A profile of other colours does not fit what the conversion makes.
        profile = profile if upright.mode in ("La", "PA", "RGBX", "RGBa") else None
        # Pillow knows no way from La and RGBa but to what they were made of.
        upright = upright.convert(mode)
    if min(upright.size) == 0:
        raise InvalidInputError(f"a PIL image of {upright.width} x {upright.height} px is empty")
    file = io.BytesIO()
    # Speed counts, not size: it is read at once.
    upright.save(file, "PNG", compress_level=1, icc_profile=profile)
    return file.getvalue()


def is_array_like(value: object) -> bool:
    """Whether NumPy makes an array of it without guessing."""
    return any(hasattr(value, name) for name in ("__array__", "__array_interface__", "__dlpack__"))


def pixels_of_array(value: Any) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The array as contiguous uint8, height x width x 1, 3 or 4."""
    import numpy as np

    try:
        array = np.asarray(value) if hasattr(value, "__array__") else np.from_dlpack(value)
    except (TypeError, RuntimeError, BufferError):
        array = np.asarray(value)
    kind = f"an array of shape {array.shape} and dtype {array.dtype}"
    if array.size == 0:
        raise InvalidInputError(f"{kind} is empty")
    if array.ndim == 2:
        array = array[:, :, np.newaxis]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4):
        advice = ""
        if array.ndim == 3 and array.shape[0] in (1, 3, 4):
            advice = "; its channels seem to come first: use array.transpose(1, 2, 0)"
        elif array.ndim == 4 and array.shape[0] == 1:
            advice = "; it seems to be a batch of one: use array[0]"
        raise InvalidInputError(
            f"{kind} is no picture: use height x width, or height x width x 1, 3 or 4{advice}"
        )
    if array.dtype == np.uint8:
        pixels = array
    elif array.dtype.kind == "f":
        pixels = _from_unit_range(array, kind)
    elif array.dtype == np.uint16:
        raise InvalidInputError(
            f"{kind} is no picture of 8 bits: use (array // 257).astype(numpy.uint8) for values up to 65535"
        )
    else:
        raise InvalidInputError(f"{kind} is no picture: use uint8 from 0 to 255, or floats from 0 to 1")
    return np.ascontiguousarray(pixels)


def _from_unit_range(array: Any, kind: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Floats from 0 to 1 as uint8."""
    import numpy as np

    least, most = float(array.min()), float(array.max())
    if not np.isfinite([least, most]).all():
        raise InvalidInputError(f"{kind} has values that are no finite numbers")
    if least < 0 or most > 1:
        raise InvalidInputError(
            f"{kind} has values from {least:g} to {most:g}, and floats are taken as 0 to 1: "
            "use array.clip(0, 255).astype(numpy.uint8) where 0 to 255 is meant"
        )
    pixels: np.ndarray[Any, np.dtype[np.uint8]] = np.rint(array * np.float64(255)).astype(np.uint8)
    return pixels
