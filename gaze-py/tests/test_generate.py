"""Folders of results."""

from __future__ import annotations

import json
import pickle
import signal
import threading
import time
from pathlib import Path

import pytest

import gaze_generator as gaze

SMALL = {"grid": 4, "max_size": 128}


def test_a_folder_is_what_the_command_writes(generator, portrait: Path, run_python) -> None:
    result = generator.generate(portrait, "ours", **SMALL)
    run_python(
        "import sys; from gaze_generator._native import run_command; sys.exit(run_command(sys.argv[1:] or "
        "['gaze', 'generate', 'portrait.png', '--out', 'theirs', '--engine', 'embedded', '--grid', '4', "
        "'--max-size', '128']))"
    )
    names = sorted(path.name for path in Path("ours").iterdir())
    assert names == sorted(path.name for path in Path("theirs").iterdir()) == sorted(result.files)
    for name in names:
        assert (Path("ours") / name).read_bytes() == (Path("theirs") / name).read_bytes(), name


def test_the_result_tells_what_was_written(generator, portrait: Path) -> None:
    result = generator.generate(str(portrait), "face", **SMALL)
    assert result.path == Path("face")
    assert result.manifest == json.loads(Path("face/metadata.json").read_text())
    assert result.files == {path.name: path.stat().st_size for path in Path("face").iterdir()}
    assert result.engine == "embedded"
    assert 0 < result.timings.prepare < result.timings.total
    assert result.timings.networks is None
    assert {warning.kind for warning in result.warnings} >= {"small-face"}
    assert str(result.warnings[0]) == result.warnings[0].message


def test_options_are_the_cores(generator, portrait: Path) -> None:
    plain = generator.generate(portrait, "plain", layout="single", pack=False, rig=False, **SMALL)
    assert plain.manifest["mode"] == "single"
    assert not {"frames.gaze", "portrait.gaze"} & set(plain.files)
    poor = generator.generate(portrait, "poor", quality=5, **SMALL)
    assert poor.files["q0.webp"] < generator.generate(portrait, "good", quality=95, **SMALL).files["q0.webp"]
    clear = generator.generate(portrait, "clear", remove_background=True, **SMALL)
    assert clear.manifest["hasAlpha"]
    assert "input.webp" in clear.files
    for color in ("#fa0", "orange", (255, 170, 0)):
        flat = generator.generate(
            portrait, "flat", remove_background=True, background=color, force=True, **SMALL
        )
        assert not flat.manifest["hasAlpha"]
    with pytest.raises(gaze.InvalidOptionError, match="colour"):
        generator.generate(portrait, "none", background="no colour at all", **SMALL)
    assert generator.generate(portrait, "plain", force=True, **SMALL).path == Path("plain")


def test_progress_comes_in_order_and_on_the_callers_thread(generator, portrait: Path) -> None:
    heard = []
    generator.generate(portrait, "face", progress=lambda p: heard.append((p, threading.get_ident())), **SMALL)
    stages = list(dict.fromkeys(p.stage for p, _ in heard))
    assert stages == ["initializing", "preparing", "generating", "stitching", "complete"]
    assert {thread for _, thread in heard} == {threading.get_ident()}
    assert all(0 <= p.current <= p.total or p.total == 0 for p, _ in heard)
    assert repr(heard[0][0]) == "Progress(stage='initializing', current=0, total=0)"


def test_progress_true_shows_a_bar(generator, portrait: Path, capfd: pytest.CaptureFixture[str]) -> None:
    generator.generate(portrait, "face", progress=True, **SMALL)
    assert "preparing" in capfd.readouterr().err


@pytest.mark.parametrize("stage", ["initializing", "preparing", "generating", "stitching"])
def test_a_callback_that_raises_cancels_and_leaves_nothing(generator, portrait: Path, stage: str) -> None:
    class Enough(Exception):
        pass

    def enough(progress: gaze.Progress) -> None:
        if progress.stage == stage:
            raise Enough

    with pytest.raises(Enough):
        generator.generate(portrait, "face", progress=enough, grid=20, max_size=128)
    assert [path.name for path in Path().iterdir()] == ["portrait.png"]


def test_ctrl_c_cancels_and_leaves_nothing(generator, portrait: Path) -> None:
    main = threading.main_thread().ident
    timer = threading.Timer(0.5, lambda: signal.pthread_kill(main, signal.SIGINT))
    # A shell that runs the tests in the background has Python ignore it.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        timer.start()
        start = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            generator.generate(portrait, "face", grid=60, max_size=256)
        assert time.monotonic() - start < 10
    finally:
        signal.signal(signal.SIGINT, handler)
    assert [path.name for path in Path().iterdir()] == ["portrait.png"]


def test_two_threads_share_a_generator(generator, portrait: Path) -> None:
    outcomes = {}

    def run(name: str) -> None:
        outcomes[name] = generator.generate(portrait, name, **SMALL)

    threads = [threading.Thread(target=run, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes["a"].files == outcomes["b"].files


def test_python_runs_on_meanwhile(generator, portrait: Path) -> None:
    done = threading.Event()
    thread = threading.Thread(target=lambda: (generator.generate(portrait, "face", grid=20), done.set()))
    thread.start()
    turns = 0
    while not done.is_set():
        turns += 1
        time.sleep(0.001)
    thread.join()
    assert turns > 20


def test_the_overview_is_a_picture(generator, portrait: Path) -> None:
    pil = pytest.importorskip("PIL.Image")
    sheet = generator.generate(portrait, "face", **SMALL).contact_sheet()
    assert isinstance(sheet, pil.Image)
    assert sheet.width > 128


def test_a_crop_keeps_the_face_as_large_as_the_picture_has_it(generator, portrait: Path) -> None:
    pil = pytest.importorskip("PIL.Image")
    wide = pil.new("RGB", (1600, 1200), (120, 128, 136))
    with pil.open(portrait) as her:
        wide.paste(her.convert("RGB").resize((300, 300)), (200, 260))
    whole = generator.rig(wide)
    distant = [warning for warning in whole.warnings if warning.kind == "distant-face"]
    assert distant[0].message.endswith('use crop="bust" or crop="head"')
    bust = generator.rig(wide, crop="bust")
    assert all(warning.kind != "distant-face" for warning in bust.warnings)
    assert whole.crop is None
    prepared = generator.prepare(wide, crop="bust")
    width, height = prepared.frame_size
    assert width < height < 400
    # As large as it was read: a pixel of the portrait for each of the frame.
    assert bust.crop == prepared.crop == prepared.rig().crop
    assert list(bust.crop) == ["x", "y", "width", "height"]
    assert (bust.crop["width"], bust.crop["height"]) == (width, height)
    assert 200 < bust.crop["x"] + width / 2 < 500
    assert pickle.loads(pickle.dumps(bust)).crop == bust.crop
    width, height = generator.prepare(wide, crop="head", face=(340, 340)).frame_size
    assert width == height < 300
    with pytest.raises(gaze.InvalidOptionError, match='crop is \'feet\': use "none", "bust" or "head"'):
        generator.rig(wide, crop="feet")
