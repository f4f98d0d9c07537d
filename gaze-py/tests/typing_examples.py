"""What type checkers say of programs that use gaze. Read by mypy alone; nothing runs it:

python -m mypy --strict tests/typing_examples.py

A `type: ignore` that is not needed is an error there, so that each is a test: this call must not pass.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from typing_extensions import assert_type

import gaze_generator
from gaze_generator import Faces, GazeGenerator, Pose, PreparedPortrait, Progress, Result, Rig, bulk, open_rig
from gaze_generator.types import Frame, GenerateOptions, Portrait, Stage


def of_generators() -> None:
    generator = GazeGenerator("liveportrait", "cuda:1", Path("models"), 4, landmarks="embedded", batch=8)
    assert_type(generator, GazeGenerator)
    assert_type(generator.description, str)
    GazeGenerator("embeded")  # type: ignore[arg-type]
    GazeGenerator(threads="4")  # type: ignore[arg-type]
    GazeGenerator("auto", "cpu", None, 4, "embedded")  # type: ignore[call-arg]
    generator.engine = "embedded"  # type: ignore[misc]


class OnTheGpu:
    """As tensors are, once they are on the CPU."""

    def __array__(self) -> np.ndarray[Any, Any]:
        return np.zeros((8, 8, 3), np.uint8)


def of_portraits(generator: GazeGenerator) -> None:
    picture = Image.new("RGB", (8, 8))
    generator.rig("portrait.png")
    generator.rig(Path("portrait.png"))
    generator.rig(b"...")
    generator.rig(bytearray(b"..."))
    generator.rig(memoryview(b"..."))
    generator.rig(picture)
    generator.rig(np.zeros((8, 8), np.float32))
    generator.rig(OnTheGpu())
    generator.rig(7)  # type: ignore[arg-type]
    generator.rig(None)  # type: ignore[arg-type]
    generator.rig(["portrait.png"])  # type: ignore[arg-type]
    held: Portrait = picture
    generator.rig(held)


def of_results(generator: GazeGenerator) -> None:
    result = generator.generate(
        "portrait.png",
        "face",
        progress=print,
        grid=4,
        pupil=12,
        head_yaw_deg=5.5,
        face=(120.0, 80.5),
        eyes="soft",
        layout="single",
        pack=False,
        blink=True,
        force=True,
    )
    assert_type(result, Result)
    assert_type(result.path, Path)
    assert_type(result.files, dict[str, int])
    assert_type(result.warnings, list[gaze_generator.Warning])
    assert_type(result.timings.networks, float | None)
    assert_type(result.crop, dict[str, int] | None)
    assert_type(result.contact_sheet(), Image.Image)
    options: GenerateOptions = {"grid": 4, "eyes": "auto"}
    generator.generate("portrait.png", Path("face"), progress=True, **options)
    generator.generate("cat.png", "face", face=((172, 115), (318.5, 135)))
    generator.generate("portrait.png", "face", gird=4)  # type: ignore[call-arg]
    generator.generate("portrait.png", "face", layout="rows")  # type: ignore[arg-type]
    generator.generate("portrait.png", "face", face="largest")  # type: ignore[arg-type]
    generator.generate("portrait.png")  # type: ignore[call-arg]


def of_rigs(generator: GazeGenerator) -> None:
    rig = generator.rig("portrait.png", rig_quality=80, remove_background=True, crop="head")
    generator.rig("portrait.png", crop="feet")  # type: ignore[arg-type]
    assert_type(rig, Rig)
    assert_type(rig.crop, dict[str, int] | None)
    assert_type(generator.prepare("portrait.png").crop, dict[str, int] | None)
    Path("portrait.gaze").write_bytes(rig)
    assert_type(open_rig(rig), PreparedPortrait)
    assert_type(open_rig("portrait.gaze").rig(quality=70), Rig)
    generator.rig("portrait.png", grid=4)  # type: ignore[call-arg]


def of_frames(generator: GazeGenerator) -> None:
    def heard(progress: Progress) -> None:
        assert_type(progress.stage, Stage)
        assert_type(progress.finished, str | None)

    with generator.sweep("portrait.png", progress=heard, grid=4) as sweep:
        assert_type(len(sweep), int)
        assert_type(sweep.frame_size, tuple[int, int])
        for row, col, frame in sweep:
            assert_type(row, int)
            assert_type(col, int)
            assert_type(frame, Frame)
            assert_type(frame.dtype, np.dtype[np.uint8])
    generator.sweep("portrait.png", layout="single")  # type: ignore[call-arg]
    generator.sweep("portrait.png", progress=lambda: None)  # type: ignore[arg-type, misc]


def of_poses(generator: GazeGenerator) -> None:
    prepared = generator.prepare("portrait.png", max_size=256)
    assert_type(prepared, PreparedPortrait)
    pose = Pose.looking_at(-1, 0.5)
    assert_type(pose, Pose)
    assert_type(pose.pupil_x, float)
    assert_type(prepared.render(pose, size=(64, 64)), Frame)
    prepared.render(size=64)
    prepared.render((1, 0))  # type: ignore[arg-type]
    pose.pupil_x = 3.0  # type: ignore[misc]


def of_faces(generator: GazeGenerator) -> None:
    faces = generator.faces("portrait.png", max_size=512)
    assert_type(faces, Faces)
    assert_type(faces.boxes.dtype, np.dtype[np.float32])
    generator.faces("portrait.png", 512)  # type: ignore[call-arg]


def of_many_portraits() -> None:
    report = bulk.run("in", "out", actors=4, gpus_per_actor=0.5, device="cuda", grid=12, landmarks="embedded")
    assert_type(report, bulk.Report)
    assert_type(report.failed[0].message, str | None)
    bulk.run(["a.png", Path("b.png")], Path("out"), report=None, only_rig=True)
    bulk.run({"ada": "a.png"}, "out", report="report.parquet", force=True)
    bulk.run([b"..."], "out")  # type: ignore[list-item]
    bulk.run("in", "out", gird=4)  # type: ignore[call-arg]
    bulk.run("in", "out", threads=4)  # type: ignore[call-arg]
    generator = bulk.Generator("out", engine="embedded", threads=2, eyes="soft")
    assert_type(generator.make("ada", Path("a.png")), bulk.Outcome)
