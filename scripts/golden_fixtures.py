#!/usr/bin/env python3
"""Cuts the golden data of LivePortrait down to what the repository's own tests need.

    python3 scripts/golden_fixtures.py "$GAZE_GOLDEN_DATA" gaze-liveportrait/tests/fixtures/golden

Every array keeps its name and meaning. Of the sweep every seventh row stays, of the crop cases one for each
number of landmarks. Pictures keep their size and are black outside of the parts that are compared, which
`crop_part` and `frame_part` of source.npz name as x, y, width, height. Needs NumPy and Pillow.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

# Of the 512 px crop: an eye and the bridge of the nose. Even, so that the 256 px crop has the same part.
CROP_PART = (190, 190, 96, 96)
# Of the frame: a corner of the crop, with wholly pasted, blended and untouched pixels.
FRAME_PART = (500, 470, 90, 90)
# Pixels around a part that its bilinear samples may touch.
MARGIN = 3
SWEEP_STEP = 7


def inside(shape, part):
    x, y, width, height = part
    mask = np.zeros(shape[:2], bool)
    mask[max(y, 0) : y + height, max(x, 0) : x + width] = True
    return mask[..., None]


def moved(part, matrix):
    """The upright rectangle around a part after an affine map."""
    x, y, width, height = part
    corners = np.array([(a, b, 1) for a in (x, x + width) for b in (y, y + height)])
    points = corners @ matrix[:2].T
    low = np.floor(points.min(0)).astype(int) - MARGIN
    high = np.ceil(points.max(0)).astype(int) + MARGIN
    return (*low, *(high - low))


def main(golden, out):
    out.mkdir(parents=True, exist_ok=True)

    def picture(name):
        return np.asarray(Image.open(golden / name).convert("RGB"))

    def save_picture(name, pixels):
        Image.fromarray(pixels).save(out / name, optimize=True)

    def save(name, arrays):
        np.savez_compressed(out / name, **{key: np.ascontiguousarray(a) for key, a in arrays.items()})

    source = dict(np.load(golden / "source.npz"))
    crop_part, half = np.array(CROP_PART), tuple(v // 2 for v in CROP_PART)
    pixels = picture("source.png")
    seen = inside(pixels.shape, moved(CROP_PART, source["M_c2o"])) | inside(pixels.shape, FRAME_PART)
    save_picture("source.png", pixels * seen)
    for key, part in (("img_crop_512", CROP_PART), ("img_crop_256", half)):
        source[key] = source[key] * inside(source[key].shape, part)
    save("source.npz", source | {"crop_part": crop_part, "frame_part": np.array(FRAME_PART)})

    frame, decoded = picture("frame_r14_c15.png"), picture("decoded_r14_c15.png")
    save_picture("frame_r14_c15.png", frame * inside(frame.shape, FRAME_PART))
    used = inside(decoded.shape, moved(FRAME_PART, source["M_o2c"]))
    save_picture("decoded_r14_c15.png", decoded * used)

    sweep = np.load(golden / "sweep900.npz")
    kept = ("params", "delta", "pitch", "yaw", "roll", "R_d", "x_d_pre", "x_d")
    save("sweep900.npz", {key: sweep[key][::SWEEP_STEP] for key in kept})
    crops = np.load(golden / "crop_cases.npz")
    save("crop_cases.npz", {key: crops[key] for key in crops.files if key.split("_")[1] == "0"})
    save("pose_cases.npz", dict(np.load(golden / "pose_cases.npz")))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
