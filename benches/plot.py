"""Draws compare.png from the CSV files of a bench run.

usage: plot.py RESULTS
"""

import csv
import os
import statistics
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def read(folder, name):
    with open(os.path.join(folder, name)) as file:
        return list(csv.DictReader(file))


def bars(axes, values, title, limit=None):
    drawn = axes.bar(list(values), list(values.values()), color=["#2a9d8f", "#b0b0b0"], width=0.6)
    axes.bar_label(drawn, fmt="%.3g", fontsize=9)
    axes.set_title(title, fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    if limit:
        axes.axhline(limit, color="grey", linestyle=":")


def main():
    folder = sys.argv[1]
    runs, grids = read(folder, "runs.csv"), read(folder, "grids.csv")

    def median(key):
        pick = lambda program: [float(r[key]) for r in runs if r["program"] == program]
        return {"gaze": statistics.median(pick("gaze")), "Python": statistics.median(pick("peer"))}

    figure, axes = plt.subplots(1, 4, figsize=(12, 3.4))
    bars(axes[0], median("wall_s"), "wall time, s")
    bars(axes[1], median("cpu_s"), "CPU time, s")
    bars(axes[2], median("peak_mib"), "peak memory, MiB")
    sides = [int(r["grid"]) for r in grids]
    render = [float(r["render_ms"]) for r in grids]
    cpu = [float(r["cpu_s"]) * 1e3 / int(r["grid"]) ** 2 for r in grids]
    axes[3].plot(sides, render, "o-", color="#2a9d8f", label="render alone")
    axes[3].plot(sides, cpu, "o--", color="#e76f51", label="CPU, all of it")
    axes[3].set_title("ms a frame, by grid", fontsize=10)
    axes[3].set_ylim(bottom=0)
    axes[3].set_xticks(sides)
    axes[3].legend(fontsize=8, frameon=False)
    axes[3].spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(os.path.join(folder, "compare.png"), dpi=110)


if __name__ == "__main__":
    main()
