"""Measures the LivePortrait engine on stand-in models against a Python peer, in one run, and prints tables as
Markdown: overhead, memory, both side by side, and where the difference comes from.

    python bench.py --gaze TARGET/release/gaze [--grid 20] [--pads 0,8] [--rounds 3] > results/liveportrait.md

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
PORTRAIT = ROOT / "examples/astronaut.png"
# Any crop will do for the peer, as long as it is about as large as a face's: it pastes as many pixels.
PEER_CROP = "1.28,0.0,-100.0,0.0,1.28,0.0"


def measured(command):
    """Runs a command; its output, wall seconds, CPU seconds and peak memory in MiB.

    Linux counts what this process held when it started the other, so it must stay small: no NumPy here.
    """
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen([str(part) for part in command], stdout=out, stderr=subprocess.PIPE)
        complaint = process.stderr.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - start
        out.seek(0)
        text = out.read()
    if process.returncode:
        sys.exit(f"{command[0]} failed:\n{text[-500:]}{complaint}")
    return text, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def models(folder, pad):
    target = folder / f"pad-{pad}"
    script = ROOT / "scripts/stand_in_models.py"
    subprocess.run([sys.executable, script, "--out", target, "--pad", str(pad)], check=True)
    return target


def gaze(args, models, out, grid, max_size):
    command = [args.gaze, "generate", PORTRAIT, "--out", out, "--engine", "liveportrait", "--device", "cpu"]
    command += ["--models", models, "--grid", grid, "--json", "--force", "--no-pack", "--max-size", max_size]
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


def calls(args, models):
    """Milliseconds of single calls, in the order of `calls.py`: gaze's is the third."""
    adapted = models / "adapted.onnx"
    command = [args.gaze, "models", "adapt", "--models", models, "--out", adapted, "--force"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    command = [sys.executable, Path(__file__).parent / "calls.py", "--published", models / "warping_spade.onnx"]
    return json.loads(measured([*command, "--adapted", adapted])[0])


def table(*header):
    print("| " + " | ".join(header) + " |")
    print("| " + " | ".join("---" for _ in header) + " |")


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def title(args):
    print("# The LivePortrait engine on stand-in models\n")
    print(f"CPU, {os.cpu_count()} cores, frames of {args.max_size} px; remake it: `scripts/bench-liveportrait.sh`. What is "
          "measured is everything around the networks: the stand-ins' own speed says nothing of the real ones'.\n")


def overhead(args, folder, pads, grids):
    print("## Overhead: time of the sweep, divided by the time inside ONNX Runtime\n")
    print("In a sweep the decoder's threads share the cores with pasting and encoding, so that its calls take longer than "
          "alone. What is left is above all the last quadrant, which is encoded when its last frame is there.\n")
    table("a call alone, ms", "frames", "sweep, s", "inside ONNX Runtime, s", "a call, ms", "overhead")
    for pad in pads:
        slow = models(folder, pad)
        alone = list(calls(args, slow).values())[2]
        for grid in grids:
            run = gaze(args, slow, folder / "gaze", grid, args.max_size)
            row(f"{alone:.0f}", grid * grid, f"{run['sweep']:.1f}", f"{run['network']:.1f}", f"{run['call']:.0f}",
                f"{run['overhead']:.3f}")


def memory(args, folder, grids):
    """With frames so small that the sheets, which grow with the grid by their nature, weigh little, and as they are."""
    fast = models(folder, 0)
    print("\n## Peak memory, MiB\n")
    print("Of the whole process. Unfinished sheets are part of it: 260 MiB at most at a time, or one sheet.\n")
    sizes = [64, args.max_size]
    table("frames", *(f"frames of {size} px" for size in sizes))
    for grid in grids:
        row(grid * grid, *(f"{gaze(args, fast, folder / 'gaze', grid, size)['peak']:.0f}" for size in sizes))


def side_by_side(args, folder, pads):
    print("\n## Beside a Python peer (onnxruntime, OpenCV, Pillow; one frame at a time)\n")
    print(f"{args.grid**2} frames; medians of {args.rounds} rounds, in turns.\n")
    table("decoder call of the peer, ms", "", "wall, s", "CPU, s", "peak memory, MiB")
    pairs = []
    for pad in pads:
        of_pad = models(folder, pad)
        ours, theirs = [], []
        for _ in range(args.rounds):
            ours.append(gaze(args, of_pad, folder / "gaze", args.grid, args.max_size))
            theirs.append(peer(args, of_pad, folder / "peer", args.grid))
        medians = lambda runs: {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        ours, theirs = medians(ours), medians(theirs)
        pairs.append((of_pad, ours, theirs))
        call = f"{theirs['decoder'] / args.grid**2 * 1000:.0f}"
        for name, run in (("peer", theirs), ("gaze", ours)):
            row(call, name, *(f"{run[key]:.1f}" for key in ("wall", "cpu")), f"{run['peak']:.0f}")
        row("", "**ratio**", *(f"**{theirs[key] / ours[key]:.2f}**" for key in ("wall", "cpu", "peak")))
    return pairs


def breakdown(args, pairs):
    print("\n### Where it comes from\n")
    print("Seconds of wall time. What gaze does beside the decoder costs none while a call is under way.\n")
    columns = [f"{name}, {theirs['decoder'] / args.grid**2 * 1000:.0f} ms" for _, _, theirs in pairs for name in ("peer", "gaze")]
    table("", *columns)
    named = ("decoder", "stitching", "bytes", "paste", "sheets")
    start = lambda ours, theirs: (theirs["wall"] - sum(theirs[part] for part in named), ours["wall"] - ours["sweep"])
    hidden = ("beside the decoder", "in the graph")
    lines = [
        ("start, loading, features, finding the face (gaze alone)", start),
        ("decoder", lambda ours, theirs: (theirs["decoder"], ours["network"])),
        ("stitching: a call a frame, or one for all", lambda ours, theirs: (theirs["stitching"], hidden[0])),
        ("floats to bytes", lambda ours, theirs: (theirs["bytes"], hidden[1])),
        ("pasting", lambda ours, theirs: (theirs["paste"], hidden[0])),
        ("sheets: at the end, or as soon as each is full", lambda ours, theirs: (theirs["sheets"], hidden[0])),
        ("what is left of the sweep", lambda ours, theirs: ("", ours["sweep"] - ours["network"])),
    ]
    text = lambda value: value if isinstance(value, str) else f"{value:.1f}"
    for name, of in lines:
        row(name, *(text(value) for _, ours, theirs in pairs for value in of(ours, theirs)))
    row("all", *(text(run["wall"]) for _, ours, theirs in pairs for run in (theirs, ours)))

    print("\nA call of the decoder alone, in milliseconds a frame. On the CPU nothing is copied that a GPU would have to be sent.\n")
    table("", *(f"pad {of_pad.name.removeprefix('pad-')}" for of_pad, _, _ in pairs))
    of_pads = [calls(args, of_pad) for of_pad, _, _ in pairs]
    for what in of_pads[0]:
        row(what, *(f"{of_pad[what]:.1f}" for of_pad in of_pads))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gaze", type=Path, required=True)
    parser.add_argument("--grid", type=int, default=20, help="for the comparison with the peer")
    parser.add_argument("--grids", default="6,10,20,30", help="for memory and overhead by number of frames")
    parser.add_argument("--pads", default="0,8", help="how slow the decoder is beside the peer")
    parser.add_argument("--slow", default="8,24", help="and for the overhead: calls of 50 ms and more")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--max-size", type=int, default=512)
    parser.add_argument("--parts", default="overhead,memory,peer", help="what to measure: where the machine is to be had in turns only, one after the other")
    args = parser.parse_args()
    args.gaze = args.gaze.resolve()
    pads = [int(pad) for pad in args.pads.split(",")]
    grids = [int(grid) for grid in args.grids.split(",")]
    parts = args.parts.split(",")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        if "overhead" in parts:
            title(args)
            overhead(args, folder, [int(pad) for pad in args.slow.split(",")], grids)
        if "memory" in parts:
            memory(args, folder, grids)
        if "peer" in parts:
            breakdown(args, side_by_side(args, folder, pads))


if __name__ == "__main__":
    main()
