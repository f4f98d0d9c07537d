"""Runs over many portraits, by real actors of Ray's, some of which are killed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'gaze-generator[ray]'")

import numpy as np  # noqa: E402
import pandas  # noqa: E402
import pyarrow  # noqa: E402
from PIL import Image  # noqa: E402

from gaze_generator import EngineError, GazeGenerator, InvalidOptionError, bulk, open_rig  # noqa: E402
from gaze_generator.bulk._ledger import FOLDER, Ledger  # noqa: E402

ASTRONAUT = Path(__file__).parents[2] / "examples/astronaut.png"
#: A small face, quickly made.
SMALL: dict[str, Any] = {"engine": "embedded", "grid": 4, "max_size": 128}
#: One that takes a second or so: long enough to be killed.
SLOW: dict[str, Any] = {"engine": "embedded", "grid": 16, "max_size": 256}


@pytest.fixture(scope="module", autouse=True)
def local_ray() -> Iterator[None]:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray.init(address="local", num_cpus=2, num_gpus=1, include_dashboard=False, log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield
    ray.shutdown()


def portraits(folder: Path, *names: str) -> Path:
    """A folder of portraits that differ, so that no hash is another's."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        # Bytes after the end of a PNG file are read by nobody.
        (folder / f"{name}.png").write_bytes(ASTRONAUT.read_bytes() + name.encode())
    return folder


def statuses(report: bulk.Report) -> dict[str, str]:
    return {outcome.name: outcome.status for outcome in report.outcomes}


def attempts(report: bulk.Report) -> dict[str, int]:
    return {outcome.name: outcome.attempts for outcome in report.outcomes}


def left_over(out: Path) -> list[str]:
    """What is neither whole nor anyone's."""
    names = [path.name for path in out.rglob("*")]
    return [
        name for name in names if re.search(r"^\.gaze-(partial|replaced|work)|\.(begun|part|failure)$", name)
    ]


def assert_whole(folder: Path) -> None:
    manifest = json.loads((folder / "metadata.json").read_bytes())
    assert manifest["imageWidth"] > 0
    assert open_rig(folder / "portrait.gaze").render().shape[2] == 3
    for name in ("q0.webp", "q3.webp", "contact.png", "preview.webp"):
        with Image.open(folder / name) as picture:
            picture.load()


def test_a_folder_with_pictures_of_all_sorts(tmp_path: Path) -> None:
    folder = portraits(tmp_path / "in", "ada", "eva")
    portraits(folder / "team", "max")
    Image.new("RGB", (200, 200), "grey").save(folder / "wall.png")
    (folder / "torn.png").write_bytes(ASTRONAUT.read_bytes()[:20_000])
    (folder / "empty.jpg").touch()

    report = bulk.run(folder, tmp_path / "out", report="report.parquet", **SMALL)

    assert statuses(report) == {
        "ada": "made",
        "empty": "failed",
        "eva": "made",
        "torn": "failed",
        "wall": "failed",
        "team/max": "made",
    }
    errors = {outcome.name: outcome.error for outcome in report.failed}
    assert errors == {"empty": "InvalidInputError", "torn": "InvalidInputError", "wall": "NoFaceError"}
    assert all(outcome.message and outcome.path is None for outcome in report.failed)
    for outcome in report.made:
        folder = tmp_path / "out" / outcome.name
        assert outcome.path == str(folder)
        assert_whole(folder)
        assert outcome.bytes == sum(file.stat().st_size for file in folder.iterdir())
        assert (outcome.engine, outcome.attempts) == ("embedded", 1)
        assert outcome.warnings[0].kind == "small-face"
    assert left_over(tmp_path) == []
    assert bulk.Report.read(tmp_path / "out/report.parquet").outcomes == report.outcomes
    assert str(report) == "3 made, 0 unchanged, 3 failed"


def test_only_what_is_missing_or_changed_is_made(tmp_path: Path) -> None:
    folder, out = portraits(tmp_path / "in", "a", "b", "c"), tmp_path / "out"

    def rigs(**options: Any) -> dict[str, str]:
        return statuses(bulk.run(folder, out, only_rig=True, engine="embedded", **options))

    def written() -> dict[str, int]:
        return {file.name: file.stat().st_mtime_ns for file in out.glob("*.gaze")}

    assert rigs(max_size=96) == {"a": "made", "b": "made", "c": "made"}
    assert sorted(written()) == ["a.gaze", "b.gaze", "c.gaze"]
    assert open_rig(out / "a.gaze").frame_size == (96, 96)

    before = written()
    assert rigs(max_size=96) == {"a": "unchanged", "b": "unchanged", "c": "unchanged"}
    assert written() == before

    portraits(folder, "d")
    (folder / "a.png").write_bytes(ASTRONAUT.read_bytes())
    (out / "b.gaze").unlink()
    # Another date is no other picture.
    os.utime(folder / "c.png")
    assert rigs(max_size=96) == {"a": "made", "b": "made", "c": "unchanged", "d": "made"}
    assert written()["c.gaze"] == before["c.gaze"]

    assert set(rigs(max_size=128).values()) == {"made"}
    assert open_rig(out / "a.gaze").frame_size == (128, 128)
    assert set(rigs(max_size=128, force=True).values()) == {"made"}


def test_what_failed_is_tried_again_by_the_next_run(tmp_path: Path) -> None:
    names = {"late": tmp_path / "late.png", "ada": ASTRONAUT}
    first = bulk.run(names, tmp_path / "out", only_rig=True, engine="embedded")
    assert statuses(first) == {"late": "failed", "ada": "made"}
    assert first.failed[0].error == "InputNotFoundError"
    assert first.failed[0].sha256 is None
    portraits(tmp_path, "late")
    second = bulk.run(names, tmp_path / "out", only_rig=True, engine="embedded")
    assert statuses(second) == {"late": "made", "ada": "unchanged"}
    lines = (tmp_path / "out/report.jsonl").read_text().splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["late", "ada"]
    assert bulk.Report.read(tmp_path / "out/report.jsonl") == second


class Killer(threading.Thread):
    """Kills the process that has begun a portrait, as soon as it has, some times over."""

    def __init__(self, out: Path, name: str, times: int, wait_for: Callable[[], bool] = lambda: True) -> None:
        super().__init__(daemon=True)
        self.killed: list[int] = []
        self._begun = f"{Ledger(out, '', 'folder')._id(name)}.*.begun"
        self._folder, self._times, self._wait_for = out / FOLDER, times, wait_for
        self.start()

    def run(self) -> None:
        end = time.monotonic() + 90
        while len(self.killed) < self._times and time.monotonic() < end:
            for begun in self._folder.glob(self._begun):
                process = re.match(r"process (\d+) on", begun.read_text())
                if process and int(process[1]) not in self.killed and self._wait_for():
                    self.killed.append(int(process[1]))
                    os.kill(self.killed[-1], signal.SIGKILL)
            time.sleep(0.002)


def test_an_actor_that_is_killed_midway_is_replaced(tmp_path: Path) -> None:
    folder, out = portraits(tmp_path / "in", *"abcdefgh"), tmp_path / "out"
    killer = Killer(out, "e", 1)
    begun = time.monotonic()
    report = bulk.run(folder, out, actors=2, **SLOW)
    killer.join(1)
    assert len(killer.killed) == 1
    assert not Path(f"/proc/{killer.killed[0]}").exists()
    # What others had made before and made afterwards is there, and nothing was made twice but what died.
    assert set(statuses(report).values()) == {"made"}
    assert attempts(report) == {name: 2 if name == "e" else 1 for name in "abcdefgh"}
    for name in "abcdefgh":
        assert_whole(out / name)
    assert left_over(tmp_path) == []
    assert time.monotonic() - begun < 90


def test_a_picture_that_kills_its_actor_again_and_again_is_given_up(tmp_path: Path) -> None:
    folder, out = portraits(tmp_path / "in", *"abcd"), tmp_path / "out"
    killer = Killer(out, "b", 99)
    report = bulk.run(folder, out, actors=2, **SLOW)
    assert len(killer.killed) == 2
    assert statuses(report) == {"a": "made", "b": "failed", "c": "made", "d": "made"}
    assert attempts(report) == {"a": 1, "b": 2, "c": 1, "d": 1}
    assert report.failed[0].error == "ActorDied"
    assert f"process {killer.killed[1]} on " in (report.failed[0].message or "")
    assert not (out / "b").exists()
    killer._times = 0
    killer.join(1)
    # The next run tries it afresh.
    again = bulk.run(folder, out, actors=2, **SLOW)
    assert statuses(again) == {"a": "unchanged", "b": "made", "c": "unchanged", "d": "unchanged"}
    assert left_over(tmp_path) == []


def test_a_run_whose_driver_is_killed_goes_on(tmp_path: Path) -> None:
    folder, out = portraits(tmp_path / "in", *"abcdef"), tmp_path / "out"
    program = (
        "import ray; from gaze_generator import bulk\n"
        "ray.init(address='local', num_cpus=2, include_dashboard=False, log_to_driver=False)\n"
        f"bulk.run({str(folder)!r}, {str(out)!r}, **{SLOW!r})"
    )
    driver = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 90
        while not list(out.glob("*/metadata.json")):
            assert driver.poll() is None, "the run ended before it was killed"
            assert time.monotonic() < end, "nothing was made"
            time.sleep(0.01)
    finally:
        driver.kill()
        driver.wait()
    made = len(list(out.glob("*/metadata.json")))
    assert not (out / "report.jsonl").exists()
    # Actors of a driver that is gone end, and write nothing more.
    time.sleep(3)
    report = bulk.run(folder, out, **SLOW)
    assert len(report.made) + len(report.unchanged) == 6
    assert 0 < len(report.made) <= 6 - made + 1
    for name in "abcdef":
        assert_whole(out / name)
    assert left_over(tmp_path) == []


def test_threads_and_devices_are_as_declared(tmp_path: Path) -> None:
    class Counting(bulk.Generator):
        def __call__(self, batch: Any) -> Any:
            super().__call__(batch)
            assert self._generator is not None
            open_anew, _ = self._generator.__reduce__()
            _engine, device, _models, threads = open_anew.args  # type: ignore[attr-defined]
            return {"threads": [threads], "device": [device]}

    rows = ray.data.from_items([{"path": str(ASTRONAUT)}])
    # Ray takes its user's word for a GPU; the embedded engine needs none.
    for cpus, gpus, threads, device in ((2, 0, 2, "cpu"), (0.5, 0, 1, "cpu"), (1, 0.5, 1, "cuda")):
        made = rows.map_batches(
            Counting,
            fn_constructor_args=(str(tmp_path),),
            fn_constructor_kwargs={"only_rig": True, "engine": "embedded"},
            batch_size=1,
            num_cpus=cpus,
            num_gpus=gpus,
            compute=ray.data.ActorPoolStrategy(size=1),
        )
        assert made.take_all() == [{"threads": threads, "device": device}]


def test_batches_of_ones_own_may_be_read_only(tmp_path: Path) -> None:
    pixels = np.asarray(Image.open(ASTRONAUT).convert("RGB"))
    rows = ray.data.from_items([{"name": f"n/{i}", "image": pixels[:, : 500 - i]} for i in range(2)])
    made = rows.map_batches(
        bulk.Generator,
        fn_constructor_args=(str(tmp_path / "out"),),
        fn_constructor_kwargs={"only_rig": True, "engine": "embedded", "max_size": 96},
        batch_size=2,
        zero_copy_batch=True,
        num_cpus=1,
        compute=ray.data.ActorPoolStrategy(size=1),
    )
    assert {row["name"]: row["status"] for row in made.take_all()} == {"n/0": "made", "n/1": "made"}
    assert (tmp_path / "out/n/1.gaze").read_bytes() == GazeGenerator("embedded").rig(
        pixels[:, :499], max_size=96
    )


def test_a_batch_is_not_written_to(tmp_path: Path) -> None:
    generator = bulk.Generator(tmp_path / "out", only_rig=True, engine="embedded", max_size=96)
    pixels = np.asarray(Image.open(ASTRONAUT).convert("RGB")).copy()
    batch = {
        "path": np.array([str(tmp_path / "ada.png"), "max.png"], dtype=object),
        "image": np.stack([pixels, pixels[:, ::-1]]),
    }
    for column in batch.values():
        column.flags.writeable = False
    first = generator(batch).to_pylist()
    assert [(row["name"], row["status"]) for row in first] == [("ada", "made"), ("max", "made")]
    data = {"name": ["bytes"], "bytes": [ASTRONAUT.read_bytes()]}
    assert [row["status"] for row in generator(data).to_pylist()] == ["made"]
    # The same bytes, whatever the batch is a batch of.
    again = generator(pyarrow.table(data)).to_pylist() + generator(pandas.DataFrame(data)).to_pylist()
    assert [row["sha256"] for row in again] == [hashlib.sha256(ASTRONAUT.read_bytes()).hexdigest()] * 2
    other = generator({"name": ["bytes"], "bytes": [b"no picture"]}).to_pylist()
    assert [(row["status"], row["error"]) for row in other] == [("failed", "InvalidInputError")]
    assert generator(data).to_pylist()[0]["status"] == "made"
    outside = generator({"name": ["../bytes"], "bytes": [ASTRONAUT.read_bytes()]}).to_pylist()
    assert [row["error"] for row in outside] == ["InvalidOptionError"]
    assert not (tmp_path / "bytes.gaze").exists()
    with pytest.raises(InvalidOptionError, match="column"):
        generator({"pixels": [pixels]})


def test_an_engine_that_cannot_be_opened_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="gaze models pull"):
        bulk.run([ASTRONAUT], tmp_path / "out", engine="liveportrait", models=tmp_path)
    assert left_over(tmp_path) == []


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"gird": 4}, TypeError, "did you mean 'grid'"),
        ({"grid": 5}, InvalidOptionError, "even number"),
        ({"only_rig": True, "grid": 4}, TypeError, "no option 'grid'"),
        ({"engine": "embeded"}, InvalidOptionError, "no engine"),
        ({"device": "cuda"}, InvalidOptionError, "gpus_per_actor=1"),
        ({"report": "report.csv"}, InvalidOptionError, r"\.jsonl or \.parquet"),
        ({"actors": 0}, InvalidOptionError, "actors is 0"),
        ({"cpus_per_actor": 0}, InvalidOptionError, "cpus_per_actor is 0"),
        ({"attempts": True}, InvalidOptionError, "attempts is True"),
    ],
)
def test_what_no_portrait_could_be_made_with_is_said_first(
    tmp_path: Path, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        bulk.run([ASTRONAUT], tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_no_rig_replaces_its_portrait(tmp_path: Path) -> None:
    picture = tmp_path / "out/ada.gaze"
    picture.parent.mkdir()
    picture.write_bytes(ASTRONAUT.read_bytes())
    report = bulk.run({"ada": picture}, tmp_path / "out", only_rig=True, engine="embedded")
    assert [outcome.error for outcome in report.failed] == ["OutputError"]
    assert picture.read_bytes() == ASTRONAUT.read_bytes()


def test_no_portraits_are_no_error_where_a_list_is_empty(tmp_path: Path) -> None:
    assert len(bulk.run([], tmp_path / "out")) == 0
    assert (tmp_path / "out/report.jsonl").read_bytes() == b""


def test_the_example_runs(tmp_path: Path) -> None:
    folder = portraits(tmp_path / "in", "ada")
    (folder / "torn.png").write_bytes(ASTRONAUT.read_bytes()[:20_000])
    example = Path(__file__).parents[1] / "examples/bulk.py"
    for expected in ("1 made, 0 unchanged, 1 failed", "0 made, 1 unchanged, 1 failed"):
        ended = subprocess.run(
            [sys.executable, example, folder, tmp_path / "out", "--max-size", "96"],
            # As without it, but that a cluster of this machine's is left alone.
            env={**os.environ, "RAY_ADDRESS": "local"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert expected in ended.stdout
        assert "(InvalidInputError)" in ended.stdout
