"""Bytes and SSIM of gaze's sheets beside Pillow's, both made from the same uncompressed frames.

usage: quality.py FRAMES SHEETS
FRAMES holds every frame of the sweep, row by row, as bare 8-bit RGB; SHEETS is the folder that gaze
wrote from them. Bytes are those of all sheets; SSIM (luma, Gaussian window of sigma 1.5) is the mean over
every fifth frame of the desktop sheets. Prints JSON.
"""

import io
import json
import os
import sys

import numpy as np
from PIL import Image
from skimage.metrics import structural_similarity

QUALITY = 70
FRAME_STEP = 5
# Sheets are larger than what Pillow takes for a decompression bomb.
Image.MAX_IMAGE_PIXELS = None


def axis_of(grid, side):
    """Which indices of the sweep a sheet of a `side` x `side` sweep shows (contract: halves to even)."""
    return [round(i * (grid - 1) / (side - 1)) for i in range(side)]


def luma(rgb):
    return rgb.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)


def ssim(a, b):
    return structural_similarity(
        luma(a), luma(b), data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )


def main():
    frames_path, sheets = sys.argv[1], sys.argv[2]
    metadata = json.load(open(os.path.join(sheets, "metadata.json")))
    grid, width, height = (metadata[k] for k in ("gridSize", "imageWidth", "imageHeight"))
    frames = np.memmap(frames_path, np.uint8, "r", shape=(grid, grid, height, width, 3))
    sides = [("", grid)]
    if "mobileGridSize" in metadata:
        sides.append((f"_{metadata['mobileGridSize']}", metadata["mobileGridSize"]))
    total = {"pillow": 0, "gaze": 0}
    similar = {"pillow": [], "gaze": []}
    for suffix, side in sides:
        axis, half = axis_of(grid, side), side // 2
        for q in range(4):
            rows = axis[half:] if q >= 2 else axis[:half]
            cols = axis[half:] if q % 2 else axis[:half]
            sheet = np.vstack([np.hstack([frames[r, c] for c in cols]) for r in rows])
            buffer = io.BytesIO()
            Image.fromarray(sheet).save(buffer, "WEBP", quality=QUALITY)
            files = {
                "pillow": buffer.getvalue(),
                "gaze": open(os.path.join(sheets, f"q{q}{suffix}.webp"), "rb").read(),
            }
            for name, data in files.items():
                total[name] += len(data)
                if suffix:
                    continue
                decoded = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
                for cell in range(0, half * half, FRAME_STEP):
                    y, x = cell // half * height, cell % half * width
                    part = np.s_[y : y + height, x : x + width]
                    similar[name].append(ssim(sheet[part], decoded[part]))
    print(
        json.dumps(
            {
                "pillow_bytes": total["pillow"],
                "gaze_bytes": total["gaze"],
                "pillow_ssim": float(np.mean(similar["pillow"])),
                "gaze_ssim": float(np.mean(similar["gaze"])),
            }
        )
    )


if __name__ == "__main__":
    main()
