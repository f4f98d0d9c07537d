"""Makes the README's pictures again from what gaze writes for NASA's portrait and for Chelsea the cat.

usage: readme_pictures.py ASTRONAUT_GAZE CAT_GAZE     (the folders of the README's first commands; needs Pillow)
"""

import os
import shutil
import sys

from PIL import Image

# The part of the frames that is shown, and which cells of the 30 x 30 sweep.
HEAD = (124, 4, 324, 214)
ROWS = (0, 15, 29)
COLS = (0, 7, 14, 22, 29)
CAT = (0, 0, 451, 300)
CAT_CELLS = (0, 15, 29)
CAT_SIZE = (230, 153)
Image.MAX_IMAGE_PIXELS = None


def sweep(folder, part, rows, cols, size=None):
    """These cells of a sweep side by side, cut to a part and brought to a size."""
    sheets = [Image.open(os.path.join(folder, f"q{q}.webp")).convert("RGB") for q in range(4)]
    frame = [side // 15 for side in sheets[0].size]
    left, top, right, bottom = part
    size = size or (right - left, bottom - top)
    picture = Image.new("RGB", (size[0] * len(cols), size[1] * len(rows)))
    for y, row in enumerate(rows):
        for x, col in enumerate(cols):
            at = (col % 15 * frame[0], row % 15 * frame[1])
            cell = sheets[row // 15 * 2 + col // 15].crop((at[0] + left, at[1] + top, at[0] + right, at[1] + bottom))
            picture.paste(cell.resize(size, Image.Resampling.LANCZOS), (x * size[0], y * size[1]))
    return picture


def main():
    astronaut, cat = sys.argv[1:]
    shutil.copyfile(os.path.join(astronaut, "preview.webp"), "docs/astronaut.webp")
    sweep(astronaut, HEAD, ROWS, COLS).save("docs/astronaut-sweep.jpg", quality=85)
    sweep(cat, CAT, CAT_CELLS, CAT_CELLS, CAT_SIZE).save("docs/cat-sweep.jpg", quality=85)


if __name__ == "__main__":
    main()
