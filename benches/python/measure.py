"""Measures the Python package beside the Rust command and the usual way in Python; writes a table.

usage: measure.py --gaze COMMAND --frame-rate PROGRAM --peer PEER.py --portrait PICTURE --out TABLE.md [--rounds 5]

Runs in an environment with the wheel, and what the peer needs. scripts/bench-python.sh makes it.
"""

from __future__ import annotations

import argparse

import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

GRID, MAX_SIZE = 30, 512


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--gaze", "--frame-rate", "--peer", "--portrait", "--out"):
        parser.add_argument(name, required=True, type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    import gaze_generator
    import numpy

    generator = gaze_generator.GazeGenerator("embedded")
    portrait = str(arguments.portrait)
    size = generator.prepare(portrait).frame_size
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        figures: dict[str, Callable[[], float]] = {
            "generate": lambda: seconds(lambda: generator.generate(portrait, out, grid=GRID)),
            "command": lambda: seconds(
                lambda: run(arguments.gaze, "generate", portrait, "--engine", "embedded", "--out", out, "--grid", GRID)
            ),
            "peer": lambda: seconds(lambda: run(sys.executable, arguments.peer, portrait, out, GRID, *size)),
            "sweep": lambda: python_rate(generator, portrait),
            "frames": lambda: rust_rate(arguments.frame_rate, portrait),
            "rig": lambda: seconds(lambda: generator.rig(portrait)),
            "import": import_seconds,
            "one": lambda: seconds(lambda: generator.generate(portrait, out, grid=10)),
            "two": lambda: seconds(lambda: two_threads(generator, portrait, Path(folder))),
        }
        for round_number in range(arguments.rounds):
            names = list(figures)
            # What else the machine does strikes all alike.
            for name in names if round_number % 2 == 0 else reversed(names):
                shutil.rmtree(out, ignore_errors=True)
                found.setdefault(name, []).append(figures[name]())
                print(f"round {round_number + 1}: {name}: {found[name][-1]:.4f}", file=sys.stderr)
    memory = resident_growth(generator, portrait)
    middle = {name: statistics.median(values) for name, values in found.items()}
    rows = [
        ("`generate`, 900 frames, s", middle["generate"], "the command, s", middle["command"], "at most 1.03"),
        ("the same", middle["generate"], "Python peer (OpenCV, Pillow), s", middle["peer"], ""),
        ("`sweep`, frames a second", middle["sweep"], "`frames` in Rust", middle["frames"], "at least 0.95"),
        ("two threads, a portrait each, s", middle["two"], "one portrait, s", middle["one"], "at most 2"),
    ]
    lines = [
        "# The Python package",
        "",
        f"{time.strftime('%Y-%m-%d')}, CPython {platform.python_version()}, NumPy {numpy.__version__}, two cores; frames of "
        f"{size[0]} x {size[1]}; medians of {arguments.rounds} rounds, the sides in turn. Remake it: `scripts/bench-python.sh`.",
        "",
        "| figure | gaze | beside | it | ratio | asked |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [f"| {a} | {x:.3f} | {b} | {y:.3f} | {x / y:.3f} | {asked} |" for a, x, b, y, asked in rows]
    lines += [
        "",
        "| figure | value | asked |",
        "| --- | --- | --- |",
        f"| `import gaze_generator`, ms | {middle['import'] * 1000:.1f} | at most 50 |",
        f"| `rig`, s | {middle['rig']:.3f} | well under 1 |",
        f"| resident memory after 25 portraits above that after 5, MB | {memory / 1e6:.1f} | flat |",
        "",
    ]
    arguments.out.write_text("\n".join(lines))
    print("\n".join(lines))


def run(*command: object) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
    return done.stdout


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def python_rate(generator, portrait: str) -> float:
    sweep = generator.sweep(portrait, grid=GRID, max_size=MAX_SIZE)
    count = 0
    start = time.perf_counter()
    for _row, _col, _frame in sweep:
        count += 1
    return count / (time.perf_counter() - start)


def rust_rate(program: Path, portrait: str) -> float:
    count, elapsed = run(program, portrait, GRID, MAX_SIZE).split()
    return int(count) / float(elapsed)


def import_seconds() -> float:
    """Of the import alone, in an interpreter of its own."""
    script = "import time; t = time.perf_counter(); import gaze_generator; print(time.perf_counter() - t)"
    return float(run(sys.executable, "-c", script))


def two_threads(generator, portrait: str, folder: Path) -> None:
    names = [folder / "a", folder / "b"]
    threads = [threading.Thread(target=generator.generate, args=(portrait, name), kwargs={"grid": 10}) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in names:
        shutil.rmtree(name)


def resident_growth(generator, portrait: str) -> int:
    def resident() -> int:
        status = Path("/proc/self/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) * 1024

    with tempfile.TemporaryDirectory() as folder:
        for i in range(25):
            generator.generate(portrait, Path(folder) / str(i), grid=10)
            for _ in generator.sweep(portrait, grid=10):
                pass
            if i == 4:
                first = resident()
    return resident() - first


if __name__ == "__main__":
    main()
