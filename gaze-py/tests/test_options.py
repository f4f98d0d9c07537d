"""Options, errors, and what a generator and its parts are as Python objects."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest

import gaze_generator as gaze


def test_near_names_are_suggested(generator, portrait: Path) -> None:
    with pytest.raises(TypeError, match=r"generate\(\) takes no option 'gird': did you mean 'grid'\?"):
        generator.generate(portrait, "face", gird=4)
    with pytest.raises(TypeError, match="did you mean 'remove_background'"):
        generator.sweep(portrait, removebackground=True)
    with pytest.raises(TypeError, match=r"rig\(\) takes no option 'zzz': it takes max_size, face"):
        generator.rig(portrait, zzz=1)
    with pytest.raises(TypeError, match=r"sweep\(\) takes no option 'quality'"):
        generator.sweep(portrait, quality=4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"grid": 3}, "3 cells a side"),
        ({"grid": -2}, "grid is -2: use an even number from 2 to 60"),
        ({"grid": 10**30}, "grid is 1000000000"),
        ({"quality": 101}, "quality"),
        ({"quality": -1}, "quality is -1: use 0 to 100"),
        ({"max_size": 5}, "maximum size"),
        ({"layout": "double"}, 'layout is \'double\': use "quadrants" or "single"'),
        ({"eyes": "hard"}, "eyes is 'hard'"),
        ({"pupil": float("nan")}, "pupil"),
        ({"head_yaw_deg": 90}, "head_yaw_deg"),
        ({"face": -1}, "face is -1"),
        ({"face": (float("nan"), 1.0)}, "face is"),
    ],
)
def test_values_out_of_range(generator, portrait: Path, options, message: str) -> None:
    with pytest.raises(gaze.InvalidOptionError, match=message) as caught:
        generator.generate(portrait, "face", **options)
    assert isinstance(caught.value, ValueError)
    assert not Path("face").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"grid": "4"}, "grid must be a whole number, not '4'"),
        ({"grid": 4.0}, "grid must be a whole number, not 4.0"),
        ({"grid": True}, "grid must be a whole number, not True"),
        ({"pack": 1}, "pack must be True or False, not 1"),
        ({"blink": 1}, "blink must be True or False, not 1"),
        ({"layout": 4}, "layout must be"),
        ({"face": "left"}, "face must be a number, a point"),
        ({"pupil": "far"}, "pupil must be a number"),
        ({"progress": 5}, "progress must be a callable"),
    ],
)
def test_values_of_another_type(generator, portrait: Path, options, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        generator.generate(portrait, "face", **options)


def test_numbers_of_numpy_are_numbers(generator, portrait: Path) -> None:
    sweep = generator.sweep(portrait, grid=np.int64(2), max_size=np.uint8(128), pupil=np.float32(5))
    assert len(sweep) == 4


def test_generators_that_cannot_be() -> None:
    for options in (
        {"threads": 0},
        {"threads": 1000},
        {"engine": "magic"},
        {"device": "abacus"},
        {"batch": 100},
    ):
        with pytest.raises(gaze.InvalidOptionError):
            gaze.GazeGenerator(**options)
    with pytest.raises(TypeError, match="threads must be a whole number"):
        gaze.GazeGenerator(threads="two")
    with pytest.raises(gaze.EngineError, match=r"gaze models pull") as caught:
        gaze.GazeGenerator("liveportrait", models="/nonexistent")
    assert isinstance(caught.value, RuntimeError)


def test_exceptions_are_also_pythons(generator, portrait: Path) -> None:
    generator.generate(portrait, "face", grid=2, max_size=128)
    with pytest.raises(FileExistsError, match="force=True") as exists:
        generator.generate(portrait, "face", grid=2, max_size=128)
    assert isinstance(exists.value, (gaze.OutputError, OSError))
    with pytest.raises(OSError, match=r"."):
        generator.generate(portrait, "/proc/nowhere/face", grid=2, max_size=128)
    with pytest.raises(gaze.InvalidFormatError):
        gaze.open_rig(b"no rig")
    with pytest.raises(FileNotFoundError):
        gaze.open_rig("nothing.gaze")
    for name in gaze.__all__:
        value = getattr(gaze, name)
        if isinstance(value, type) and issubclass(value, Exception):
            assert issubclass(value, gaze.GazeError)


def test_poses() -> None:
    pose = gaze.Pose(pupil_x=1, eyebrow=2)
    assert pose == gaze.Pose(1, 0, 0, 0, 2)
    assert hash(pose) == hash(gaze.Pose(1, -0.0, 0, 0, 2))
    assert pose != gaze.Pose()
    assert pickle.loads(pickle.dumps(pose)) == copy.deepcopy(pose) == pose
    assert (gaze.Pose.looking_at(0, -1).pupil_y, gaze.Pose.looking_at(0, -1).eyebrow) == (15, 15)
    wink = gaze.Pose(blink=(1, 0))
    assert (wink.blink, gaze.Pose(blink=0.5).blink, pose.blink) == ((1, 0), (0.5, 0.5), (0, 0))
    assert wink != gaze.Pose(blink=1)
    assert pickle.loads(pickle.dumps(wink)) == wink == eval(repr(wink), {"Pose": gaze.Pose})
    with pytest.raises(gaze.InvalidOptionError):
        gaze.Pose(float("nan"))
    with pytest.raises(gaze.InvalidOptionError):
        gaze.Pose(blink=float("inf"))
    with pytest.raises(gaze.InvalidOptionError):
        gaze.Pose.looking_at(2, 0)
    with pytest.raises(AttributeError):
        pose.pupil_x = 3


def test_prepared_portraits(generator, portrait: Path) -> None:
    prepared = generator.prepare(portrait, max_size=256)
    assert (prepared.frame_size, prepared.has_alpha) == ((256, 256), False)
    rest = prepared.render()
    assert np.array_equal(rest, prepared.render(gaze.Pose()))
    assert not np.array_equal(rest, prepared.render(gaze.Pose(pupil_x=15)))
    assert prepared.render(size=64).shape == (64, 64, 3)
    assert prepared.render(size=(100, 50)).shape == (50, 100, 3)
    for size in (0, 10_000, (0, 5)):
        with pytest.raises(gaze.InvalidOptionError, match="size is"):
            prepared.render(size=size)
    for size in ("big", 1.5, True, (1, 2, 3)):
        with pytest.raises(TypeError, match="size must be"):
            prepared.render(size=size)


def test_rigs(generator, portrait: Path) -> None:
    rig = generator.rig(portrait, max_size=256)
    assert isinstance(rig, bytes)
    assert repr(rig) == str(rig) == f"<Rig: {len(rig)} bytes>"
    assert [warning.kind for warning in rig.warnings] == [
        w.kind for w in generator.prepare(portrait, max_size=256).warnings
    ]
    again = pickle.loads(pickle.dumps(rig))
    assert (again, again.warnings) == (rig, rig.warnings)
    Path("portrait.gaze").write_bytes(rig)
    pose = gaze.Pose.looking_at(1, -1)
    exact = generator.prepare(portrait, max_size=256).render(pose).astype(int)
    for file in (rig, "portrait.gaze", Path("portrait.gaze")):
        drawn = gaze.open_rig(file).render(pose)
        assert np.abs(drawn - exact).mean() < 4
    assert len(generator.rig(portrait, max_size=256, rig_quality=10)) < len(rig)


def test_generators_are_pickled_by_their_arguments() -> None:
    generator = gaze.GazeGenerator("embedded", threads=2)
    again = pickle.loads(pickle.dumps(generator))
    assert (again.engine, again.description) == ("embedded", generator.description)
    assert copy.deepcopy(generator).engine == "embedded"
    assert "embedded" in repr(generator)


def test_sweeps_are_not_pickled(generator, portrait: Path) -> None:
    with pytest.raises(TypeError, match="cannot pickle"):
        pickle.dumps(generator.sweep(portrait, grid=2, max_size=128))
