"""Draws benches/results/encoder.csv: time against bytes against SSIM, one mark a setting.

usage: encoder_table.py (from the repository root). Needs matplotlib.
"""

import csv
from collections import defaultdict

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

ROWS = list(csv.DictReader(open("benches/results/encoder.csv")))
BASE = {r["portrait"]: r for r in ROWS if r["setting"] == "pillow"}
CHOSEN = "m=3:pl=100:lm=1:f=90:part=3"


def relative():
    """Per setting the means over portraits: seconds, bytes and SSIM against Pillow's, worst bytes."""
    by_setting = defaultdict(list)
    for r in ROWS:
        by_setting[r["setting"]].append(r)
    for setting, rows in by_setting.items():
        if len(rows) < len(BASE):
            continue
        mean = lambda f: sum(f(r, BASE[r["portrait"]]) for r in rows) / len(rows)
        ratio = lambda r, b: int(r["bytes"]) / int(b["bytes"])
        yield (
            setting,
            mean(lambda r, b: float(r["encode_cpu_s"])),
            mean(ratio),
            max(ratio(r, BASE[r["portrait"]]) for r in rows),
            min(float(r["ssim_luma"]) - float(BASE[r["portrait"]]["ssim_luma"]) for r in rows),
        )


def main():
    points = sorted(relative(), key=lambda p: p[1])
    print("| setting | CPU s | bytes, mean | bytes, worst | SSIM, worst |")
    print("| --- | --- | --- | --- | --- |")
    for name, seconds, mean, worst, ssim in points:
        print(f"| `{name}` | {seconds:.2f} | {mean:.3f} | {worst:.3f} | {ssim:+.4f} |")
    figure, axes = plt.subplots(figsize=(9, 5.5))
    marks = axes.scatter(
        [p[1] for p in points], [p[2] for p in points], c=[p[4] for p in points],
        cmap="RdYlGn", vmin=-0.005, vmax=0.005, edgecolors="black", linewidths=0.5, s=60,
    )
    for name, seconds, mean, _, _ in points:
        if name in ("pillow", "m=0", "m=1", "m=2", CHOSEN):
            axes.annotate(name if name != CHOSEN else "chosen", (seconds, mean),
                          textcoords="offset points", xytext=(-4, 8), fontsize=9)
    axes.axhline(1.10, color="grey", linestyle=":")
    axes.set_xscale("log")
    axes.set_xlabel("CPU seconds for one sheet of 6150 x 7680 px")
    axes.set_ylabel("bytes, Pillow = 1, mean of the portraits")
    figure.colorbar(marks, label="SSIM (luma) less Pillow's, worst portrait")
    figure.tight_layout()
    figure.savefig("benches/results/encoder.png", dpi=110)


main()
