"""Measures the LivePortrait engine on stand-in models against a Python peer, in one run, and prints two tables as
Markdown: overhead and memory of gaze alone, and both side by side.

    python bench.py --gaze TARGET/release/gaze [--grid 10] [--pads 0,4] [--rounds 1] > results/liveportrait.md

The stand-ins take as long as is wanted (`--pad` of scripts/stand_in_models.py): real weights cannot be had
everywhere, and what is measured is everything but the networks.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PORTRAIT = ROOT / "gaze-core/tests/fixtures/astronaut.png"
# Any crop will do for the peer, as long as it is about as large as a face's: it pastes as many pixels.
PEER_CROP = "1.28,0.0,-100.0,0.0,1.28,0.0"


def measured(command, env=None):
    """Runs a command; its output, wall seconds, CPU seconds and peak memory in MiB."""
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen([str(part) for part in command], stdout=out, stderr=subprocess.PIPE, env=env)
        complaint = process.stderr.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - start
        out.seek(0)
        text = out.read()
    if process.returncode:
        sys.exit(f"{command[0]} failed:\n{complaint}")
    return text, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def models(folder, pad):
    target = folder / f"pad-{pad}"
    script = ROOT / "scripts/stand_in_models.py"
    subprocess.run([sys.executable, script, "--out", target, "--pad", str(pad)], check=True)
    return target


def gaze(args, models, out, grid):
    command = [args.gaze, "generate", PORTRAIT, "--out", out, "--engine", "liveportrait", "--device", "cpu"]
    command += ["--models", models, "--grid", grid, "--json", "--force", "--no-pack", "--max-size", args.max_size]
    text, wall, cpu, peak = measured(command)
    done = json.loads(text.strip().splitlines()[-1])
    network, sweep = done["networkSeconds"], done["sweepSeconds"]
    frames = grid * grid
    return {
        "wall": wall, "cpu": cpu, "peak": peak, "network": network, "sweep": sweep,
        "call": network / frames * 1000, "overhead": sweep / network,
    }


def peer(args, models, out, grid):
    command = [sys.executable, Path(__file__).parent / "peer.py", "--models", models, "--portrait", PORTRAIT]
    command += ["--out", out, "--crop", PEER_CROP, "--grid", grid, "--max-size", args.max_size]
    text, wall, cpu, peak = measured(command)
    parts = json.loads(text)["parts"]
    return {"wall": wall, "cpu": cpu, "peak": peak, **parts}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gaze", type=Path, required=True)
    parser.add_argument("--grid", type=int, default=20)
    parser.add_argument("--grids", default="6,10,20,30", help="for memory and overhead by number of frames")
    parser.add_argument("--pads", default="0,3", help="how slow the decoder is")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--max-size", type=int, default=512)
    args = parser.parse_args()
    args.gaze = args.gaze.resolve()
    pads = [int(pad) for pad in args.pads.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        print("# The LivePortrait engine on stand-in models\n")
        print(f"CPU, {os.cpu_count()} cores, frames of {args.max_size} px; remake it: `scripts/bench-liveportrait.sh`\n")
        print("## Overhead: time of the sweep, divided by the time inside ONNX Runtime\n")
        print("| decoder call, ms | frames | sweep, s | inside ONNX Runtime, s | overhead | peak memory, MiB |")
        print("| --- | --- | --- | --- | --- | --- |")
        slow = models(folder, pads[-1])
        for grid in [int(grid) for grid in args.grids.split(",")]:
            run = gaze(args, slow, folder / "gaze", grid)
            print(f"| {run['call']:.0f} | {grid * grid} | {run['sweep']:.1f} | {run['network']:.1f} "
                  f"| {run['overhead']:.3f} | {run['peak']:.0f} |", flush=True)
        print("\n## Beside a Python peer (onnxruntime, OpenCV, Pillow; one frame at a time)\n")
        print("| decoder call, ms | | wall, s | CPU, s | peak memory, MiB | in the decoder, s | the rest, s |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        for pad in pads:
            of_pad = models(folder, pad)
            ours, theirs = [], []
            for _ in range(args.rounds):
                ours.append(gaze(args, of_pad, folder / "gaze", args.grid))
                theirs.append(peer(args, of_pad, folder / "peer", args.grid))
            mid = lambda runs, key: statistics.median(run[key] for run in runs)
            calls = args.grid**2
            for name, runs, key in (("gaze", ours, "network"), ("peer", theirs, "decoder")):
                inside, wall = mid(runs, key), mid(runs, "wall")
                print(f"| {inside / calls * 1000:.0f} | {name} | {wall:.1f} | {mid(runs, 'cpu'):.1f} "
                      f"| {mid(runs, 'peak'):.0f} | {inside:.1f} | {wall - inside:.1f} |")
            print(f"| | ratio | {mid(theirs, 'wall') / mid(ours, 'wall'):.2f} "
                  f"| {mid(theirs, 'cpu') / mid(ours, 'cpu'):.2f} | {mid(theirs, 'peak') / mid(ours, 'peak'):.2f} | | |")
            rest = ", ".join(f"{part} {mid(theirs, part):.1f} s" for part in ("load", "stitching", "paste", "sheets"))
            print(f"| | of the peer's rest | {rest} | | | | |", flush=True)


if __name__ == "__main__":
    main()
