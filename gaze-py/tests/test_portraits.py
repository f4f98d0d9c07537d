"""Every way in for a portrait, and every wrong one."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

import gaze_generator as gaze

Image = pytest.importorskip("PIL.Image")


@pytest.fixture
def pixels(portrait: Path) -> np.ndarray:
    return np.asarray(Image.open(portrait).convert("RGB"))


@pytest.fixture
def expected(generator, pixels: np.ndarray) -> np.ndarray:
    return render(generator, pixels)


def render(generator, portrait) -> np.ndarray:
    return generator.prepare(portrait, max_size=128).render(gaze.Pose.looking_at(-1, -1))


def test_the_same_picture_by_every_way_in(generator, portrait: Path, pixels, expected) -> None:
    data = portrait.read_bytes()

    class HasArray:
        def __array__(self, dtype=None, copy=None):
            return pixels

    ways = [
        portrait,
        str(portrait),
        data,
        bytearray(data),
        memoryview(data),
        Image.open(portrait),
        Image.fromarray(pixels),
        pixels,
        HasArray(),
        np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)]),
    ]
    for way in ways:
        assert np.array_equal(render(generator, way), expected), type(way)


def test_layouts_of_arrays(generator, pixels, expected) -> None:
    padded = np.zeros((pixels.shape[0], pixels.shape[1] + 7, 5), np.uint8)
    view = padded[:, 3:-4, 1:4]
    view[:] = pixels
    frozen = pixels.copy()
    frozen.flags.writeable = False
    layouts = {
        "Fortran order": np.asfortranarray(pixels),
        "a view with gaps": view,
        "negative strides": np.ascontiguousarray(pixels[::-1, ::-1])[::-1, ::-1],
        "read-only": frozen,
        "other way round": np.ascontiguousarray(pixels[..., ::-1])[..., ::-1],
    }
    for name, array in layouts.items():
        before = array.copy()
        assert np.array_equal(render(generator, array), expected), name
        assert np.array_equal(array, before), name


def test_floats_are_from_0_to_1(generator, pixels, expected) -> None:
    for dtype in (np.float32, np.float64):
        assert np.array_equal(render(generator, (pixels / 255).astype(dtype)), expected)
    with pytest.raises(gaze.InvalidInputError, match=r"floats are taken as 0 to 1.*where 0 to 255 is meant"):
        render(generator, pixels.astype(np.float32))


def test_grey(generator, pixels) -> None:
    grey = np.asarray(Image.fromarray(pixels).convert("L"))
    flat = render(generator, grey)
    assert np.array_equal(flat, render(generator, grey[..., np.newaxis]))
    assert (flat[..., 0] == flat[..., 2]).all()


ZEROS = np.zeros((64, 64, 3), np.uint8)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (ZEROS[:0], r"shape \(0, 64, 3\) and dtype uint8 is empty"),
        (ZEROS[0, 0], r"shape \(3,\) and dtype uint8 is no picture"),
        (np.zeros((3, 64, 64), np.uint8), r"channels seem to come first: use array.transpose\(1, 2, 0\)"),
        (np.zeros((1, 64, 64, 3), np.uint8), r"a batch of one: use array\[0\]"),
        (np.zeros((64, 64, 2), np.uint8), r"use height x width, or height x width x 1, 3 or 4"),
        (ZEROS.astype(np.int64), "dtype int64 is no picture: use uint8"),
        (ZEROS.astype(bool), "dtype bool is no picture"),
        (ZEROS.astype(complex), "dtype complex128 is no picture"),
        (ZEROS.astype(object), "dtype object is no picture"),
        (ZEROS.astype(np.uint16), r"astype\(numpy.uint8\) for values up to 65535"),
        (np.full((64, 64, 3), np.nan), "no finite numbers"),
        (np.full((64, 64, 3), np.inf), "no finite numbers"),
        (ZEROS[:8, :8], "8 x 8"),
        (np.array(5, np.uint8), "is no picture"),
    ],
)
def test_arrays_that_are_no_pictures(generator, array: np.ndarray, message: str) -> None:
    with pytest.raises(gaze.InvalidInputError, match=message) as caught:
        generator.rig(array)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    "mode", ["RGB", "RGBA", "RGBX", "RGBa", "CMYK", "YCbCr", "LAB", "HSV", "P", "PA", "L", "LA", "La", "1"]
)
def test_modes_of_pillow(generator, portrait: Path, mode: str) -> None:
    source = Image.open(portrait).convert("RGB")
    if mode == "LAB":
        image_cms = pytest.importorskip("PIL.ImageCms")
        srgb, lab = image_cms.createProfile("sRGB"), image_cms.createProfile("LAB")
        picture = image_cms.profileToProfile(source, srgb, lab, outputMode="LAB")
    elif mode in ("La", "RGBa"):
        picture = source.convert(f"{mode[:-1]}A").convert(mode)
    elif mode == "PA":
        picture = source.convert("P").convert("PA")
    else:
        picture = source.convert(mode)
    assert picture.mode == mode
    assert len(generator.rig(picture, max_size=128)) > 1000
    assert picture.mode == mode


@pytest.mark.parametrize("mode", ["I", "F"])
def test_modes_without_a_range(generator, mode: str) -> None:
    with pytest.raises(gaze.InvalidInputError, match="no agreed range"):
        generator.rig(Image.new(mode, (64, 64)))


def test_pictures_are_turned_upright_once(generator, portrait: Path, expected) -> None:
    turned = Image.open(portrait).convert("RGB").transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    turned.save(file, "PNG", exif=exif)
    for way in (Image.open(file), file.getvalue()):
        assert np.array_equal(render(generator, way), expected)


def test_what_is_no_portrait(generator, portrait: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing.png") as missing:
        generator.rig("nothing.png")
    assert isinstance(missing.value, gaze.InputNotFoundError)
    assert missing.value.path == Path("nothing.png")
    with pytest.raises(gaze.InvalidInputError, match="this is a folder"):
        generator.rig(tmp_path)
    with pytest.raises(gaze.InvalidInputError):
        generator.rig(b"%PDF-1.4")
    with pytest.raises(gaze.InvalidInputError):
        generator.rig(b"")
    with pytest.raises(gaze.InvalidInputError):
        generator.rig(portrait.read_bytes()[:5000])
    for value in (None, 5, 1.5, [[1, 2]], {"a": 1}, object()):
        with pytest.raises(
            TypeError, match="a portrait is a path, the bytes of a picture file, a PIL image or an array"
        ):
            generator.rig(value)
    with pytest.raises(gaze.NoFaceError, match="no human face was found"):
        generator.rig(np.full((128, 128, 3), 127, np.uint8))


def test_named_eyes(generator, pixels) -> None:
    grey = np.full((128, 160, 3), 127, np.uint8)
    with pytest.raises(gaze.NoFaceError, match=r"face=\(\(x, y\), \(x, y\)\)"):
        generator.rig(grey)
    # Any two points make a face, in either order.
    eyes = ((60, 60), (100.5, 60))
    assert generator.rig(grey, face=eyes) == generator.rig(grey, face=eyes[::-1])
    # A person's are theirs.
    x, y, _ = generator.faces(pixels).irises[0].T
    named = ((float(x[0]), float(y[0])), (float(x[1]), float(y[1])))
    assert generator.prepare(pixels, face=named).warnings == []
    for wrong, words in (
        (((60, 60), (200, 60)), "outside of the picture"),
        (((60, 60), (61, 60)), "px apart"),
        (((60, float("nan")), (90, 60)), "no number"),
    ):
        with pytest.raises(gaze.InvalidOptionError, match=words):
            generator.rig(grey, face=wrong)
    with pytest.raises(TypeError, match="two eyes"):
        generator.rig(grey, face=((60, 60),))


def test_faces(generator, portrait: Path, pixels) -> None:
    faces = generator.faces(portrait)
    assert len(faces) == 1
    assert (faces.boxes.shape, faces.landmarks.shape, faces.irises.shape) == ((1, 4), (1, 468, 3), (1, 2, 3))
    assert (faces.openness.shape, faces.scores.shape) == ((1, 2), (1,))
    assert all(array.dtype == np.float32 for array in (faces.boxes, faces.landmarks, faces.irises))
    left, top, right, bottom = faces.boxes[0]
    for x, y, radius in faces.irises[0]:
        assert left < x < right
        assert top < y < bottom
        assert 1 < radius < 10
    # In the pixels of the picture, whatever size it is looked at in.
    assert np.abs(generator.faces(portrait, max_size=256).boxes - faces.boxes).max() < 4
    two = np.concatenate([pixels, pixels], axis=1)
    both = generator.faces(two)
    assert len(both) == 2
    x, y = both.boxes[1][:2] + 20
    by_point = generator.prepare(two, max_size=512, face=(float(x), float(y))).render(
        gaze.Pose.looking_at(1, 0)
    )
    by_index = generator.prepare(two, max_size=512, face=1).render(gaze.Pose.looking_at(1, 0))
    assert np.array_equal(by_point, by_index)
    assert not np.array_equal(
        by_index, generator.prepare(two, max_size=512).render(gaze.Pose.looking_at(1, 0))
    )
    assert len(generator.faces(np.full((128, 128, 3), 127, np.uint8))) == 0
    assert generator.faces(np.full((128, 128, 3), 127, np.uint8)).landmarks.shape == (0, 468, 3)
    with pytest.raises(gaze.NoFaceError, match="there is no face 5"):
        generator.rig(portrait, face=5)
