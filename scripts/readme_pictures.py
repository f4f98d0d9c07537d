"""Makes the README's pictures again from what gaze writes for NASA's portrait.

usage: readme_pictures.py ASTRONAUT_GAZE     (the folder of the README's first command; needs Pillow)
"""

import os
import shutil
import sys

from PIL import Image

# Heads of the 512 x 512 px frames, and which cells of the 30 x 30 sweep are shown.
HEAD = (124, 4, 324, 214)
ROWS = (0, 15, 29)
COLS = (0, 7, 14, 22, 29)
Image.MAX_IMAGE_PIXELS = None


def main():
    folder = sys.argv[1]
    shutil.copyfile(os.path.join(folder, "preview.webp"), "docs/astronaut.webp")
    sheets = [Image.open(os.path.join(folder, f"q{q}.webp")).convert("RGB") for q in range(4)]
    left, top, right, bottom = HEAD
    width, height = right - left, bottom - top
    picture = Image.new("RGB", (width * len(COLS), height * len(ROWS)))
    for y, row in enumerate(ROWS):
        for x, col in enumerate(COLS):
            at = (col % 15 * 512, row % 15 * 512)
            box = (at[0] + left, at[1] + top, at[0] + right, at[1] + bottom)
            picture.paste(sheets[row // 15 * 2 + col // 15].crop(box), (x * width, y * height))
    picture.save("docs/astronaut-sweep.jpg", quality=85)


if __name__ == "__main__":
    main()
