"""Frames one by one."""

from __future__ import annotations

import gc
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import gaze_generator as gaze

SMALL = {"grid": 4, "max_size": 128}


def test_frames_come_row_by_row(generator, portrait: Path) -> None:
    sweep = generator.sweep(portrait, **SMALL)
    assert (len(sweep), sweep.frame_size, sweep.has_alpha) == (16, (128, 128), False)
    cells = []
    for row, col, frame in sweep:
        cells.append((row, col))
        assert frame.shape == (128, 128, 3)
        assert frame.dtype == np.uint8
        assert frame.strides == (512, 4, 1)
    assert cells == [(row, col) for row in range(4) for col in range(4)]
    assert len(sweep) == 0
    assert next(sweep, None) is None


def test_frames_are_those_of_the_poses(generator, portrait: Path) -> None:
    prepared = generator.prepare(portrait, max_size=128)
    axis = [-15 + 30 * i / 3 for i in range(4)]
    for row, col, frame in generator.sweep(portrait, **SMALL):
        expected = prepared.render(gaze.Pose.looking_at(axis[col] / 15, axis[row] / 15))
        assert np.abs(frame.astype(int) - expected).max() <= 1


def test_frames_outlive_the_sweep_and_are_their_owners(generator, portrait: Path) -> None:
    frames = [frame for _, _, frame in generator.sweep(portrait, **SMALL)]
    gc.collect()
    copies = [frame.copy() for frame in frames]
    frames[0][:] = 0
    for frame, copy in zip(frames[1:], copies[1:], strict=True):
        assert np.array_equal(frame, copy)
    assert frames[0].base is not None


def test_transparent_frames_have_four_channels(generator, portrait: Path) -> None:
    sweep = generator.sweep(portrait, remove_background=True, **SMALL)
    _, _, frame = next(sweep)
    assert sweep.has_alpha
    assert frame.shape == (128, 128, 4)
    assert frame.flags.c_contiguous
    assert frame[..., 3].min() == 0
    assert frame[..., 3].max() == 255


def test_dlpack_shares_the_memory(generator, portrait: Path) -> None:
    _, _, frame = next(generator.sweep(portrait, **SMALL))
    shared = np.from_dlpack(frame)
    assert np.shares_memory(shared, frame)


def test_closing_ends_it(generator, portrait: Path) -> None:
    with generator.sweep(portrait, grid=30, max_size=256) as sweep:
        next(sweep)
    start = time.monotonic()
    assert list(sweep) == []
    assert time.monotonic() - start < 1


def test_dropping_it_half_way_ends_its_threads(generator, portrait: Path) -> None:
    def native_threads() -> int:
        return len(list(Path("/proc/self/task").iterdir()))

    if not Path("/proc/self/task").is_dir():
        pytest.skip("threads are counted in /proc")
    before = native_threads()
    for _ in range(5):
        sweep = generator.sweep(portrait, grid=30, max_size=256)
        next(sweep)
        del sweep
    gc.collect()
    assert native_threads() == before


def test_two_threads_share_the_frames(generator, portrait: Path) -> None:
    sweep = generator.sweep(portrait, grid=10, max_size=128)
    taken: list[tuple[int, int]] = []
    threads = [
        threading.Thread(target=lambda: taken.extend((row, col) for row, col, _ in sweep)) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [(row, col) for row in range(10) for col in range(10)]


def test_an_exiting_interpreter_does_not_hang(run_python, portrait: Path) -> None:
    start = time.monotonic()
    run_python(
        "from gaze_generator import GazeGenerator\n"
        "sweep = GazeGenerator('embedded').sweep('portrait.png', grid=60)\n"
        "next(sweep)\n"
    )
    assert time.monotonic() - start < 20


def test_a_forked_process_says_what_to_do(run_python, portrait: Path) -> None:
    out = run_python(
        "import os, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "from gaze_generator import GazeGenerator, GazeError\n"
        "generator = GazeGenerator('embedded')\n"
        "sweep = generator.sweep('portrait.png', grid=10, max_size=128)\n"
        "next(sweep)\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    try:\n"
        "        next(sweep)\n"
        "    except GazeError as error:\n"
        "        print(error, flush=True)\n"
        # The embedded engine itself works in any process.
        "    print(len(generator.rig('portrait.png', max_size=128)) > 1000, flush=True)\n"
        "    os._exit(0)\n"
        "os.waitpid(child, 0)\n"
        "print(sum(1 for _ in sweep))\n"
    )
    assert out.splitlines() == [
        "a sweep does not survive a fork: begin another in this process",
        "True",
        "99",
    ]


def test_a_forked_process_exits_while_its_parents_sweep_runs(run_python, portrait: Path) -> None:
    out = run_python(
        "import os, sys, warnings\n"
        "warnings.simplefilter('ignore')\n"
        # Whatever either complains of is seen.
        "os.dup2(1, 2)\n"
        "from gaze_generator import GazeGenerator\n"
        "sweep = GazeGenerator('embedded').sweep('portrait.png', grid=10, max_size=128)\n"
        "next(sweep)\n"
        "if os.fork() == 0: sys.exit(0)\n"
        "print(os.wait()[1], sum(1 for _ in sweep))\n"
    )
    assert out.split() == ["0", "99"]
