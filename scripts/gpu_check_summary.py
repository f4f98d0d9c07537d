#!/usr/bin/env python3
"""Sums up what scripts/gpu-check.sh left in a folder: prints it and writes summary.json.

    python scripts/gpu_check_summary.py FOLDER

Steps that failed or were stopped are named; what they told until then counts.
"""

import json
import sys
from pathlib import Path

GIB = 1 << 30


def events(path: Path) -> list[dict]:
    """The JSON objects of a file, a line each; lines that are cut or something else are left out."""
    found = []
    for line in path.read_text(errors="replace").splitlines() if path.is_file() else []:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return [event for event in found if isinstance(event, dict)]


def last(path: Path, kind: str) -> dict | None:
    return next((event for event in reversed(events(path)) if event.get("event") == kind), None)


def most_memory(path: Path) -> int | None:
    """MiB of the card, the most that was seen."""
    words = path.read_text().split() if path.is_file() else []
    return max((int(word) for word in words if word.isdigit()), default=None)


def sweep_of(folder: Path, name: str) -> dict | None:
    path = folder / f"{name}.txt"
    done = last(path, "complete")
    engine = last(path, "engine")
    error = last(path, "error")
    if done is None:
        return {"error": error["message"]} if error else None
    network, sweep = done["networkSeconds"], done["sweepSeconds"]
    return {
        "engine": engine and engine["engine"],
        "seconds": done["seconds"],
        "sweepSeconds": sweep,
        "networkSeconds": network,
        "ratio": sweep / network if network else None,
        "cardMiB": most_memory(folder / f"{name}.memory"),
    }


def table(trials: list[dict]) -> dict[str, dict[int, float]]:
    """Milliseconds a frame by arithmetic and batch: the fastest of each."""
    rows: dict[str, dict[int, float]] = {}
    for trial in trials:
        if trial["outcome"] == "timed":
            row = rows.setdefault(trial["combination"]["arithmetic"], {})
            batch = trial["combination"]["batch"]
            row[batch] = min(trial["frameMs"], row.get(batch, trial["frameMs"]))
    return rows


def main() -> None:
    folder = Path(sys.argv[1])
    steps = [line.split() for line in (folder / "steps.txt").read_text().splitlines()]
    bench = last(folder / "bench.txt", "complete")
    # One that was stopped has told each combination as it went.
    told = [event for event in events(folder / "bench.txt") if event.get("event") == "trial"]
    trials = bench["trials"] if bench else told
    names = ("sweep-fp32-untuned", "sweep-fp16", "sweep-fp32")
    summary = {
        "steps": {name: {"status": int(status), "seconds": int(seconds)} for name, status, seconds in steps},
        "bench": bench,
        "frameMs": table(trials),
        "failed": {t["words"]: t["message"] for t in trials if t["outcome"] == "failed"},
        "sweeps": {name: sweep_of(folder, name) for name in names},
    }
    (folder / "summary.json").write_text(json.dumps(summary, indent=1) + "\n")

    print("\n== summary")
    for name, step in summary["steps"].items():
        if step["status"]:
            print(f"step {name} ended with {step['status']} after {step['seconds']} s")
    if bench:
        device = f"{bench['device']}, {bench['deviceName']}, driver {bench['driver']}"
        print(f"device: {device}, ONNX Runtime {bench['library']}")
        loads = "yes" if bench["device"].startswith("cuda") else "NO"
        print(f"CUDA loads: {loads}; {bench['fallback'] or 'no fallback'}")
    else:
        error = last(folder / "bench.txt", "error")
        print(f"gaze bench gave nothing: {error['message'] if error else 'see bench.err'}")
    nodes = sorted({node for trial in trials for node in trial.get("nodesOnCpu") or {}})
    print(f"nodes on the CPU, arithmetic of shapes: {', '.join(nodes) or 'none'}")
    cpu = bench and bench["cpu"]
    if cpu:
        print(
            f"fp32 against the CPU: {cpu['whole']['max']} grey levels at worst, "
            f"{cpu['decoded']['max']} from the same volume; "
            f"within 1: {'yes' if cpu['whole']['max'] <= 1 else 'NO'}"
        )
    batches = sorted({batch for row in summary["frameMs"].values() for batch in row})
    print("ms a frame, batch " + "".join(f"{batch:>10}" for batch in batches))
    for arithmetic, row in summary["frameMs"].items():
        cells = (f"{row[b]:>10.2f}" if b in row else f"{'-':>10}" for b in batches)
        print(f"{arithmetic:>17} " + "".join(cells))
    shares = [(t["peakShare"], t["words"]) for t in trials if t.get("peakShare")]
    if shares:
        for share, words in sorted(shares, reverse=True)[:5]:
            print(f"{share:.1%} of the peak: {words}")
    else:
        print("share of the peak: not known")
    for words, why in summary["failed"].items():
        print(f"not possible: {words}: {why}")
    memory = most_memory(folder / "bench.memory")
    if memory:
        print(f"card's memory during the bench: {memory} MiB at most")
    for name, sweep in summary["sweeps"].items():
        if not sweep or "error" in sweep:
            print(f"{name}: {sweep['error'] if sweep else 'gave nothing'}")
            continue
        ratio = f"ratio {sweep['ratio']:.3f}" if sweep["ratio"] else ""
        print(
            f"{name}: {sweep['seconds']:.1f} s, sweep {sweep['sweepSeconds']:.2f} s, inside the decoder "
            f"{sweep['networkSeconds']:.2f} s, {ratio}, card {sweep['cardMiB'] or '-'} MiB: {sweep['engine']}"
        )
    if bench:
        print(bench["line"])


if __name__ == "__main__":
    main()
