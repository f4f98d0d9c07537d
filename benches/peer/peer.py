"""The Python peer of `gaze generate`: the same eight sheets, as such tools are usually written.

OpenCV remaps the portrait for every pose with a field computed once and scaled, the frames are
collected, pasted on eight sheets, and Pillow writes those as WebP of quality 70.

usage: peer.py PORTRAIT OUT_DIR [GRID=30] [WIDTH=410] [HEIGHT=512]
Prints {"render_s","encode_s","total_s","bytes","sheets"} as JSON. Needs numpy, opencv-python-headless
and pillow.
"""

import json
import os
import sys
import time

import cv2
import numpy as np
from PIL import Image

MOBILE_GRID = 20


def follow_field(width, height):
    """How far each pixel follows the gaze, 0 to 1: most around the face, nothing at the borders."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    dx, dy = x / width - 0.5, y / height - 0.4
    border = np.minimum.reduce([x, width - 1 - x, y, height - 1 - y]) / (0.1 * width)
    return x, y, np.exp(-12 * (dx * dx + dy * dy)) * np.clip(border, 0, 1)


def render_frames(portrait, grid):
    height, width = portrait.shape[:2]
    x, y, follow = follow_field(width, height)
    reach = 0.03 * width
    axis = [round(-15 + 30 * i / (grid - 1), 2) / 15 for i in range(grid)]
    frames = {}
    for row, gy in enumerate(axis):
        for col, gx in enumerate(axis):
            map_x = x - follow * (gx * reach)
            map_y = y - follow * (gy * reach)
            frames[row, col] = cv2.remap(
                portrait, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
            )
    return frames


def sheets_of(grid):
    """Name, rows and columns of every sheet."""
    axes = [("", list(range(grid)))]
    if grid >= MOBILE_GRID:
        picked = [round(i * (grid - 1) / (MOBILE_GRID - 1)) for i in range(MOBILE_GRID)]
        axes.append((f"_{MOBILE_GRID}", picked))
    for suffix, axis in axes:
        half = len(axis) // 2
        for q in range(4):
            rows = axis[half:] if q >= 2 else axis[:half]
            cols = axis[half:] if q % 2 else axis[:half]
            yield f"q{q}{suffix}.webp", rows, cols


def write_sheets(frames, grid, size, out_dir):
    width, height = size
    written = {}
    for name, rows, cols in sheets_of(grid):
        sheet = Image.new("RGB", (len(cols) * width, len(rows) * height))
        for r, row in enumerate(rows):
            for c, col in enumerate(cols):
                sheet.paste(Image.fromarray(frames[row, col]), (c * width, r * height))
        path = os.path.join(out_dir, name)
        sheet.save(path, "WEBP", quality=70)
        written[name] = os.path.getsize(path)
    return written


def main():
    portrait_path, out_dir = sys.argv[1], sys.argv[2]
    grid, width, height = (int(a) for a in (sys.argv[3:] + ["30", "410", "512"][len(sys.argv) - 3 :]))
    start = time.perf_counter()
    os.makedirs(out_dir, exist_ok=True)
    portrait = cv2.cvtColor(cv2.imread(portrait_path, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    portrait = cv2.resize(portrait, (width, height), interpolation=cv2.INTER_AREA)
    frames = render_frames(portrait, grid)
    rendered = time.perf_counter()
    written = write_sheets(frames, grid, (width, height), out_dir)
    end = time.perf_counter()
    result = {
        "render_s": round(rendered - start, 3),
        "encode_s": round(end - rendered, 3),
        "total_s": round(end - start, 3),
        "bytes": sum(written.values()),
        "sheets": written,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
