"""How far drawn faces move beside what LivePortrait moves them, measured with MediaPipe's 478-point mesh.

usage: motion_figures.py SHEET.png...     (sheets of `cargo run -p gaze-tools --bin judge`; needs PyPI's mediapipe 0.10.21)

A sheet holds 5 x 5 frames, at the axis values -15, -7.5, 0, 7.5 and 15. Shifts are relative to the middle one, along the
head's own axes, in distances between the eyes (IOD). The mesh is unsure by a hundredth or two, so each frame is measured
in several cuts around the face, and the mean counts. Marks what is outside of a fifth of LivePortrait's figure.
"""

import os
import sys

import numpy as np
from PIL import Image

os.environ["GLOG_minloglevel"] = "3"
from mediapipe.python.solutions.face_mesh import FaceMesh

PLACES = ("-15", "-7.5", "7.5", "15")
SIDE = 5
# Mesh points; LivePortrait's shifts in IOD across and down.
PARTS = {
    "nose tip": ((1, 4), (-0.25, -0.10, 0.15, 0.25), (-0.25, -0.12, 0.15, 0.24)),
    "forehead top": ((10,), (-0.26, -0.11, 0.15, 0.24), (-0.25, -0.13, 0.14, 0.25)),
    "inner corners": ((133, 362), (-0.26, -0.13, 0.12, 0.18), (-0.24, -0.11, 0.12, 0.21)),
    "lips": ((61, 291, 0, 17), (-0.19, -0.09, 0.12, 0.20), (-0.20, -0.09, 0.11, 0.19)),
    "chin": ((152,), (-0.16, -0.06, 0.09, 0.16), (-0.14, -0.05, 0.06, 0.11)),
    "oval at ears": ((234, 454), (-0.09, -0.06, 0.04, 0.08), (-0.16, -0.07, 0.07, 0.15)),
}
# Iris along its eye in eye widths; brows above their eyes in IOD and openings of the eyes, height by width: ranges.
IRIS = (-0.10, -0.09, 0.09, 0.22)
IRIS_RANGE = 0.31
BROWS = ((0.06, 0.10), (0.03, 0.05), (-0.01, 0.01), (-0.01, 0.01))
OPENING = ((0.02, 0.03), (0.01, 0.01), (0.0, 0.0), (-0.04, 0.0))
# Outer and inner corner, upper and lower lid, middle of the iris, brow.
EYES = (
    (33, 133, (160, 159, 158), (144, 145, 153), 468, (63, 105, 66, 53, 52, 65)),
    (263, 362, (387, 386, 385), (373, 374, 380), 473, (293, 334, 296, 283, 282, 295)),
)
# Cuts around the face: how much larger than it, and by which share of it they lie off.
CUTS = [(g, x, y) for g in (1.5, 1.7, 1.9) for x, y in ((0, 0), (0.06, 0.03), (-0.06, -0.03), (0.03, -0.06))]


def mesh_of(finder, frame):
    """Mean mesh of a frame over all cuts, in pixels."""
    found = finder.process(frame).multi_face_landmarks
    if not found:
        raise SystemExit("the face was lost in a drawn frame")
    height, width, _ = frame.shape
    rough = np.array([(p.x * width, p.y * height) for p in found[0].landmark])
    low, high = rough.min(0), rough.max(0)
    meshes = []
    for larger, right, down in CUTS:
        side = int(larger * (high - low).max())
        left, top = ((low + high) / 2 + (high - low) * (right, down) - side / 2).astype(int)
        cut = np.asarray(Image.fromarray(frame).crop((left, top, left + side, top + side)))
        found = finder.process(np.ascontiguousarray(cut)).multi_face_landmarks
        if found:
            meshes.append([(p.x * side + left, p.y * side + top) for p in found[0].landmark])
    return np.mean(meshes, 0)


def eye_figures(mesh, down, iod):
    """Means of both eyes: place of the iris along the eye, height of the brow, opening."""
    figures = []
    for outer, inner, upper, lower, iris, brow in EYES:
        left, right = sorted((mesh[outer], mesh[inner]), key=lambda p: p[0])
        along = (right - left) / np.hypot(*(right - left))
        width = np.hypot(*(right - left))
        across = np.array((-along[1], along[0]))
        figures.append(
            (
                (mesh[iris] - left) @ along / width,
                ((left + right) / 2 - mesh[list(brow)].mean(0)) @ down / iod,
                (mesh[list(lower)] - mesh[list(upper)]).mean(0) @ across / width,
            )
        )
    return np.mean(figures, 0)


def sheet_rows(path, finder):
    """(name, axis, measured, lowest and highest that LivePortrait has) of a sheet."""
    sheet = np.asarray(Image.open(path).convert("RGB"))
    height, width = sheet.shape[0] // SIDE, sheet.shape[1] // SIDE

    def mesh(col, row):
        frame = sheet[row * height : (row + 1) * height, col * width : (col + 1) * width]
        return mesh_of(finder, np.ascontiguousarray(frame))

    rest = mesh(2, 2)
    right = rest[[362, 263]].mean(0) - rest[[33, 133]].mean(0)
    iod = np.hypot(*right)
    right /= iod
    axes = (right, np.array((-right[1], right[0])))
    eyes = eye_figures(rest, axes[1], iod)
    print(f"{path}: {iod:.0f} px between the eyes, which are open by {eyes[2]:.2f} of their width")
    for axis, name in enumerate(("across", "down")):
        moved = [mesh(i, 2) if axis == 0 else mesh(2, i) for i in (0, 1, 3, 4)]
        for part, (points, *targets) in PARTS.items():
            shifts = [(m[list(points)] - rest[list(points)]).mean(0) @ axes[axis] / iod for m in moved]
            yield part, name, shifts, [(t - abs(t) / 5, t + abs(t) / 5) for t in targets[axis]]
        changes = np.array([eye_figures(m, axes[1], iod) - eyes for m in moved])
        if axis == 0:
            yield "iris in its eye", name, changes[:, 0], [(t - abs(t) / 5, t + abs(t) / 5) for t in IRIS]
            reach = changes[3, 0] - changes[0, 0]
            print(f"  range of the irises {reach:.2f} (LivePortrait's {IRIS_RANGE})")
        else:
            yield "brow", name, changes[:, 1], BROWS
            yield "opening", name, changes[:, 2], OPENING


def main():
    finder = FaceMesh(static_image_mode=True, refine_landmarks=True, max_num_faces=1, min_detection_confidence=0.3)
    sums, errors, outside, entries = {}, [], 0, 0
    for path in sys.argv[1:]:
        for part, axis, shifts, ranges in sheet_rows(path, finder):
            line = f"  {part:15} {axis:6}"
            for shift, (low, high) in zip(shifts, ranges):
                is_outside = not low <= shift <= high
                line += f"  {shift:+.3f}{'*' if is_outside else ' '}"
                if part in PARTS:
                    middle = (low + high) / 2
                    errors.append(abs(shift - middle) / abs(middle))
                    outside += is_outside
                    entries += 1
            sums.setdefault((part, axis), []).append(shifts)
            print(line)
    print(f"mean of all, at {', '.join(PLACES)}")
    for (part, axis), shifts in sums.items():
        print(f"  {part:15} {axis:6}" + "".join(f"  {s:+.3f} " for s in np.mean(shifts, 0)))
    print(f"{outside} of {entries} shifts outside of a fifth, mean relative error {np.mean(errors):.3f}")


if __name__ == "__main__":
    main()
