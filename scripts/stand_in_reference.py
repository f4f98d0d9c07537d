#!/usr/bin/env python3
# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "onnx==1.23.2", "pillow==13.0.0"]
# ///
"""Computes what a sweep over the stand-in models must show, without any ONNX runtime.

    python scripts/stand_in_reference.py --out gaze-liveportrait/tests/fixtures

Every formula of the four networks and of the steps between them is written here a second time, in NumPy and 64-bit
floats; only the weights come from stand_in_models.py. Pillow does no more than read and write PNG. The picture
is the 256 x 256 px crop of astronaut.png at (96, 0).

With --check FOLDER the models in that folder are also run by onnxruntime, which must be installed, and compared.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import stand_in_models as stand_in
from PIL import Image

LEFT, TOP, CROP = 96, 0, 256
# Every fourth pixel of a decoded crop is kept.
STEP = 4

# At rest, the corners of the sweep's upper left and lower right, and one of everything.
POSES = [
    {"pupil_x": 0, "pupil_y": 0, "head_pitch_deg": 0, "head_yaw_deg": 0, "eyebrow": 0},
    {"pupil_x": -15, "pupil_y": 15, "head_pitch_deg": -7.5, "head_yaw_deg": 7.5, "eyebrow": 15},
    {"pupil_x": 15, "pupil_y": -15, "head_pitch_deg": 7.5, "head_yaw_deg": -7.5, "eyebrow": 0},
    {"pupil_x": 4.5, "pupil_y": 9, "head_pitch_deg": -3, "head_yaw_deg": -6, "eyebrow": 8},
]


def middles(count):
    return (2 * np.arange(count) + 1) / count - 1


def blocks_to_channels(planes, block):
    """[c, h, w] to [block * block * c, h / block, w / block]; the place in a block counts before the plane."""
    c, h, w = planes.shape
    split = planes.reshape(c, h // block, block, w // block, block)
    return split.transpose(2, 4, 0, 1, 3).reshape(block * block * c, h // block, w // block)


def channels_to_blocks(planes, block):
    c, h, w = planes.shape
    split = planes.reshape(block, block, c // block**2, h, w)
    return split.transpose(2, 3, 0, 4, 1).reshape(c // block**2, h * block, w * block)


def feature_volume(img):
    """F: [3, 256, 256] to [32, 16, 64, 64]."""
    ycc = np.einsum("dc,chw->dhw", stand_in.TO_YCC, img)
    color = ycc[1:].reshape(2, 128, 2, 128, 2).mean((2, 4))
    content = np.concatenate([
        blocks_to_channels(ycc[:1], 4), blocks_to_channels(color, 2), np.ones((8, stand_in.SIDE, stand_in.SIDE))
    ])
    square = middles(stand_in.SIDE) ** 2
    rise = np.exp(-(square[:, None] + square[None, :]) / stand_in.SURFACE_WIDTH)
    surface = stand_in.SURFACE_EDGE + stand_in.SURFACE_RISE * rise
    distance = np.arange(stand_in.DEPTH)[:, None, None] - surface
    share = np.exp(-(distance**2) / stand_in.SURFACE_BLUR)
    share /= share.sum(0)
    return content[:, None] * share


def motion(img):
    """M: what each output holds."""
    colors = img.reshape(3, 2, 128, 2, 128).mean((2, 4)).reshape(12) - 0.5
    weights, biases = stand_in.motion_weights()
    raw = colors @ weights + biases
    names = {"pitch": 66, "yaw": 66, "roll": 66, "t": 3, "exp": 63, "scale": 1, "kp": 63}
    parts = dict(zip(names, np.split(raw, np.cumsum(list(names.values()))[:-1])))
    parts["scale"] = 1.1 + 0.6 / (1 + np.exp(-parts["scale"]))
    return parts


def stitch(x_s, x_d):
    """S: 65 numbers for each row."""
    w1, b1, w2, b2 = stand_in.stitching_weights()
    return np.tanh(np.concatenate([x_s.reshape(-1), x_d.reshape(-1)]) @ w1 + b1) @ w2 + b2


def degrees(logits):
    share = np.exp(logits - logits.max())
    return (share / share.sum() * np.arange(66)).sum() * 3 - 97.5


def rotation(pitch, yaw, roll):
    """For points as rows, about x, then y, then z."""
    (a, b, c) = np.radians([pitch, yaw, roll])
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return (about_z @ about_y @ about_x).T


def source_points(m):
    turned = m["kp"].reshape(21, 3) @ rotation(*(degrees(m[name]) for name in ("pitch", "yaw", "roll")))
    points = m["scale"] * (turned + m["exp"].reshape(21, 3))
    points[:, :2] += m["t"][:2]
    return points


def driving_points(m, pose):
    exp = m["exp"].reshape(21, 3).copy()
    x = pose["pupil_x"]
    exp[11, 0] += x * (0.0007 if x > 0 else 0.001)
    exp[15, 0] += x * (0.001 if x > 0 else 0.0007)
    exp[[11, 15], 1] -= 0.001 * pose["pupil_y"]
    if pose["eyebrow"] > 0:
        exp[1, 1] += 0.001 * pose["eyebrow"]
        exp[2, 1] -= 0.001 * pose["eyebrow"]
    pitch, yaw = degrees(m["pitch"]) + pose["head_pitch_deg"], degrees(m["yaw"]) + pose["head_yaw_deg"]
    turned = m["kp"].reshape(21, 3) @ rotation(pitch, yaw, degrees(m["roll"]))
    return m["scale"] * (turned + exp) + m["t"]


def stitched(x_s, x_d):
    delta = stitch(x_s, x_d)
    x_d = x_d + delta[:63].reshape(21, 3)
    x_d[:, :2] += delta[63:]
    return x_d


def flow(kp_driving, kp_source):
    """[8, 64, 64, 3], x before y before z."""
    z, y, x = np.meshgrid(
        middles(stand_in.DRIVEN_DEPTH), middles(stand_in.SIDE), middles(stand_in.SIDE), indexing="ij"
    )
    place = np.stack([x, y, z], -1)
    moved, total = np.zeros_like(place), np.full(x.shape, stand_in.STILL)
    for driving, source in zip(kp_driving, kp_source):
        weight = np.exp(-((place - driving) ** 2).sum(-1) / (2 * stand_in.REACH**2))
        moved += weight[..., None] * (source - driving)
        total += weight
    return place + moved / total[..., None]


def sample(volume, grid):
    """Trilinear, zero outside; -1 and 1 are the outer edges of the outer voxels."""
    sizes = np.array(volume.shape[:0:-1])
    place = ((grid + 1) * sizes - 1) / 2
    low = np.floor(place).astype(int)
    share = place - low
    result = np.zeros(volume.shape[:1] + grid.shape[:-1])
    for corner in np.ndindex(2, 2, 2):
        at = low + corner
        weight = np.where(corner, share, 1 - share).prod(-1) * ((at >= 0) & (at < sizes)).all(-1)
        x, y, z = np.clip(at, 0, sizes - 1).transpose(3, 0, 1, 2)
        result += weight * volume[:, z, y, x]
    return result


def double(planes):
    """Twice the size, bilinear between the middles of pixels."""
    for axis in (1, 2):
        count = planes.shape[axis]
        place = np.clip((np.arange(2 * count) + 0.5) / 2 - 0.5, 0, count - 1)
        low = np.floor(place).astype(int)
        share = (place - low).reshape([-1 if a == axis else 1 for a in range(3)])
        high = np.minimum(low + 1, count - 1)
        planes = planes.take(low, axis) * (1 - share) + planes.take(high, axis) * share
    return planes


def decode(volume, kp_driving, kp_source):
    """W and G: [3, 512, 512]."""
    flat = sample(volume, flow(kp_driving, kp_source)).mean(1) * stand_in.DEPTH
    flat = flat[:24] / np.maximum(flat[24:].mean(0), stand_in.LEAST_COVER)
    luma, color = channels_to_blocks(flat[:16], 4), double(channels_to_blocks(flat[16:], 2))
    rgb = double(np.einsum("dc,chw->dhw", stand_in.TO_RGB, np.concatenate([luma, color])))
    rgb *= 1 - stand_in.SHADE * np.abs(kp_source - kp_driving).mean()
    padded = np.pad(rgb, ((0, 0), (1, 1), (1, 1)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))
    return np.einsum("chwyx,yx->chw", windows, stand_in.SHARPEN)


def to_bytes(out):
    return np.trunc(np.clip(out, 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0)


def check(folder, img, volume, m, rows):
    """Compares with onnxruntime and prints the largest differences."""
    import onnxruntime

    def run(name, **inputs):
        session = onnxruntime.InferenceSession(folder / f"{name}.onnx", providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        inputs = {name: np.asarray(value, np.float32) for name, value in inputs.items()}
        return dict(zip(names, session.run(None, inputs)))

    differences = {"volume": run("appearance_feature_extractor", img=img[None])["output"][0] - volume}
    for name, value in run("motion_extractor", img=img[None]).items():
        differences[name] = value[0] - m[name]
    for number, (x_s, x_d, x_st, out) in enumerate(rows):
        row = np.concatenate([x_s.reshape(-1), x_d.reshape(-1)])[None]
        differences[f"delta {number}"] = run("stitching", input=row)["output"][0] - stitch(x_s, x_d)
        seen = run("warping_spade", feature_3d=volume[None], kp_driving=x_st[None], kp_source=x_s[None])
        differences[f"out {number}"] = seen["out"][0] - out
    for name, difference in differences.items():
        print(f"{name}: {np.abs(difference).max():.2e}")
    assert max(np.abs(difference).max() for difference in differences.values()) < 2e-4


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder to write reference.json and reference.png to")
    parser.add_argument("--check", type=Path, metavar="FOLDER", help="models to run with onnxruntime")
    options = parser.parse_args()
    astronaut = Path(__file__).parent.parent / "examples/astronaut.png"
    picture = np.asarray(Image.open(astronaut).convert("RGB"))
    img = picture[TOP : TOP + CROP, LEFT : LEFT + CROP].transpose(2, 0, 1) / 255
    volume, m = feature_volume(img), motion(img)
    x_s = source_points(m)
    rows = []
    for pose in POSES:
        x_d = driving_points(m, pose)
        x_st = stitched(x_s, x_d)
        rows.append((x_s, x_d, x_st, decode(volume, x_st, x_s)))
    if options.check:
        check(options.check, img, volume, m, rows)

    def numbers(array):
        return [float(f"{value:.9g}") for value in np.asarray(array).reshape(-1)]

    reference = {
        "source": "astronaut.png",
        "crop": {"left": LEFT, "top": TOP, "side": CROP},
        "degrees": {name: float(degrees(m[name])) for name in ("pitch", "yaw", "roll")},
        "motion": {name: numbers(m[name]) for name in ("t", "exp", "scale", "kp")},
        "x_s": numbers(x_s),
        "decoded_step": STEP,
        "poses": [
            {"pose": pose, "x_d": numbers(x_d), "x_d_stitched": numbers(x_st)}
            for pose, (_, x_d, x_st, _) in zip(POSES, rows)
        ],
    }
    (options.out / "reference.json").write_text(json.dumps(reference, indent=1) + "\n")
    strip = np.concatenate([to_bytes(out)[::STEP, ::STEP] for *_, out in rows], 1)
    Image.fromarray(strip).save(options.out / "reference.png", optimize=True)


if __name__ == "__main__":
    main()
