"""The usual way to make a sweep with LivePortrait's ONNX models in Python: onnxruntime, OpenCV and Pillow, one frame
at a time, the feature volume fed with every call, the sheets written when all frames are there.

    python peer.py --models DIR --portrait FILE --out DIR --crop A,B,C,D,E,F [--grid 30] [--max-size 512]

`--crop` is the upper part of the matrix from the picture to the 512 px crop: finding the face is not what is
compared. Prints one JSON object with seconds by part.
"""

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
from PIL import Image


class Clock:
    def __init__(self):
        self.seconds = {}

    def time(self, part, work, *args):
        start = time.perf_counter()
        result = work(*args)
        self.seconds[part] = self.seconds.get(part, 0.0) + time.perf_counter() - start
        return result


def degrees(logits):
    weights = np.exp(logits - logits.max())
    return float((weights / weights.sum() * np.arange(66)).sum() * 3 - 97.5)


def rotation(pitch, yaw, roll):
    a, b, c = np.radians([pitch, yaw, roll])
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return (about_z @ about_y @ about_x).T


def driving_points(motion, x, y):
    turned = motion["kp"] @ rotation(motion["pitch"] + y / 2, motion["yaw"] - x / 2, motion["roll"])
    exp = motion["exp"].copy()
    exp[11, 0] += (0.0007 if x > 0 else 0.001) * x
    exp[15, 0] += (0.001 if x > 0 else 0.0007) * x
    exp[[11, 15], 1] += 0.001 * y
    raised = max(0.0, -y)
    exp[1, 1] += 0.001 * raised
    exp[2, 1] -= 0.001 * raised
    return motion["scale"] * (turned + exp) + motion["t"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--portrait", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--crop", required=True)
    parser.add_argument("--grid", type=int, default=30)
    parser.add_argument("--max-size", type=int, default=512)
    args = parser.parse_args()
    clock, start = Clock(), time.perf_counter()

    def session(name):
        return ort.InferenceSession(args.models / name, providers=["CPUExecutionProvider"])

    features, motion_net, stitching, decoder = [
        clock.time("load", session, f"{name}.onnx")
        for name in ("appearance_feature_extractor", "motion_extractor", "stitching", "warping_spade")
    ]
    picture = cv2.cvtColor(cv2.imread(args.portrait), cv2.COLOR_BGR2RGB)
    height, width = picture.shape[:2]
    shrink = min(1.0, args.max_size / max(width, height))
    to_crop = np.array([float(v) for v in args.crop.split(",")]).reshape(2, 3)
    from_crop = cv2.invertAffineTransform(to_crop)
    crop = cv2.resize(cv2.warpAffine(picture, to_crop, (512, 512)), (256, 256), interpolation=cv2.INTER_AREA)
    blob = np.ascontiguousarray(crop.transpose(2, 0, 1)[None]).astype(np.float32) / 255

    volume = features.run(None, {"img": blob})[0]
    names = [output.name for output in motion_net.get_outputs()]
    raw = dict(zip(names, motion_net.run(None, {"img": blob})))
    motion = {name: degrees(raw[name][0]) for name in ("pitch", "yaw", "roll")}
    motion |= {name: raw[name].reshape(21, 3) for name in ("kp", "exp")}
    motion |= {"t": raw["t"].reshape(3), "scale": float(raw["scale"].reshape(()))}
    flat = motion["kp"] @ rotation(motion["pitch"], motion["yaw"], motion["roll"])
    source = motion["scale"] * (flat + motion["exp"]) + motion["t"] * [1, 1, 0]
    source = source.astype(np.float32)[None]

    inner = np.pad(np.ones((480, 480), np.float32), 16)
    mask = cv2.warpAffine(cv2.GaussianBlur(inner, (0, 0), 8), from_crop, (width, height))[..., None]
    axis = [round(-15 + 30 * i / (args.grid - 1), 2) for i in range(args.grid)]
    size = (round(width * shrink), round(height * shrink))

    def to_bytes(out):
        return (np.clip(out[0], 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0)

    def pasted(decoded):
        warped = cv2.warpAffine(decoded, from_crop, (width, height))
        blended = np.clip(mask * warped + (1 - mask) * picture, 0, 255).astype(np.uint8)
        return blended if shrink == 1 else cv2.resize(blended, size, interpolation=cv2.INTER_AREA)

    frames = []
    for y in axis:
        for x in axis:
            points = driving_points(motion, x, y).astype(np.float32)[None]
            joined = np.concatenate([source.reshape(1, 63), points.reshape(1, 63)], 1)
            deltas = clock.time("stitching", lambda: stitching.run(None, {stitching.get_inputs()[0].name: joined})[0])
            points += deltas[:, :63].reshape(1, 21, 3)
            points[..., :2] += deltas[:, None, 63:]
            feed = {"feature_3d": volume, "kp_source": source, "kp_driving": points}
            out = clock.time("decoder", lambda: decoder.run(None, feed)[0])
            decoded = clock.time("bytes", to_bytes, out)
            frames.append(clock.time("paste", pasted, decoded))

    def sheet(cells, side, name):
        image = Image.new("RGB", (size[0] * side, size[1] * side))
        for i, index in enumerate(cells):
            image.paste(Image.fromarray(frames[index]), (i % side * size[0], i // side * size[1]))
        image.save(args.out / name, quality=70)

    def sheets(side, suffix):
        chosen = [round(i * (args.grid - 1) / (side - 1)) for i in range(side)]
        half = side // 2
        for quadrant in range(4):
            rows = chosen[quadrant // 2 * half :][:half]
            cols = chosen[quadrant % 2 * half :][:half]
            cells = [row * args.grid + col for row in rows for col in cols]
            sheet(cells, half, f"q{quadrant}{suffix}.webp")

    args.out.mkdir(parents=True, exist_ok=True)
    clock.time("sheets", sheets, args.grid, "")
    if args.grid >= 20:
        clock.time("sheets", sheets, 20, "_20")
    print(json.dumps({"seconds": time.perf_counter() - start, "parts": clock.seconds, "frames": len(frames)}))


if __name__ == "__main__":
    main()
