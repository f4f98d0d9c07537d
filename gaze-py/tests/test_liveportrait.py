"""The LivePortrait engine on small stand-in models, with the ONNX Runtime that pip installed."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import numpy as np
import pytest

import gaze_generator as gaze

STAND_INS = Path(__file__).parents[2] / "gaze-liveportrait" / "tests" / "fixtures" / "models"

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("onnxruntime") is None, reason="onnxruntime is not installed"
    ),
    pytest.mark.skipif(not STAND_INS.is_dir(), reason="the stand-in models are in the repository"),
]


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy: the engine writes the graphs that it adapts beside those that it is given."""
    folder = tmp_path_factory.mktemp("models")
    for model in STAND_INS.glob("*.onnx"):
        shutil.copy(model, folder)
    return folder


@pytest.fixture
def liveportrait(models: Path, monkeypatch: pytest.MonkeyPatch) -> gaze.GazeGenerator:
    monkeypatch.delenv("ORT_DYLIB_PATH", raising=False)
    return gaze.GazeGenerator("liveportrait", device="cpu", models=models)


def test_the_library_of_the_environment_is_used(liveportrait: gaze.GazeGenerator) -> None:
    assert liveportrait.engine == "liveportrait"
    assert "on cpu" in liveportrait.description
    assert "ONNX Runtime" in liveportrait.description


def test_frames_and_folders(liveportrait: gaze.GazeGenerator, portrait: Path) -> None:
    frames = list(liveportrait.sweep(portrait, grid=2, max_size=256))
    assert [(row, col) for row, col, _ in frames] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert frames[0][2].shape == (256, 256, 3)
    result = liveportrait.generate(portrait, "face", grid=2, max_size=256)
    assert result.engine == "liveportrait"
    assert result.timings.networks is not None
    assert 0 < result.timings.networks <= result.timings.total
    assert "portrait.gaze" not in result.files


def test_options_of_the_engine_reach_the_frames(
    portrait: Path, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ORT_DYLIB_PATH", raising=False)
    up = gaze.Pose.looking_at(0, -1)

    def frame(picture: object, **options: object) -> np.ndarray:
        generator = gaze.GazeGenerator("liveportrait", device="cpu", models=models, **options)
        return generator.prepare(picture, max_size=256).render(up)

    plain = frame(portrait)
    assert np.array_equal(frame(portrait, lids="still", precision="fp32", tuning=False), plain)
    assert not np.array_equal(frame(portrait, lids="follow"), plain)
    half = frame(portrait, precision="fp16")
    difference = np.abs(half.astype(int) - plain)
    assert difference.any()
    assert difference.max() <= 4
    # Pictures over 1280 pixels are what it resizes.
    assert np.array_equal(frame(portrait, reference_preprocessing=True), plain)
    rng = np.random.default_rng(1)
    small = gaze.GazeGenerator("embedded").prepare(portrait).render()
    large = small.repeat(3, axis=0).repeat(3, axis=1)
    large = np.clip(large + rng.integers(-20, 21, large.shape), 0, 255).astype(np.uint8)
    assert not np.array_equal(frame(large, reference_preprocessing=True), frame(large))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lids": "open"}, "still or follow"),
        ({"precision": "int8"}, "auto, fp32 or fp16"),
        ({"batch": 65}, "batch"),
        ({"device": "abacus"}, "abacus"),
    ],
)
def test_options_of_the_engine_out_of_range(models: Path, options: dict[str, object], message: str) -> None:
    with pytest.raises(gaze.InvalidOptionError, match=message):
        gaze.GazeGenerator("liveportrait", models=models, **{"device": "cpu", **options})


def test_opening_tells_what_it_does_and_can_be_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORT_DYLIB_PATH", raising=False)
    models = Path(shutil.copytree(STAND_INS, tmp_path / "models"))
    heard: list[str | None] = []
    gaze.GazeGenerator(
        "liveportrait", device="cpu", models=models, progress=lambda progress: heard.append(progress.activity)
    )
    told = [activity for activity in heard if activity]
    assert any("adapting" in activity for activity in told), told
    assert any("loading the decoder" in activity for activity in told), told

    def stop(progress: gaze.Progress) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        gaze.GazeGenerator("liveportrait", device="cpu", models=models, progress=stop)


def test_it_makes_no_rig_and_one_size(liveportrait: gaze.GazeGenerator, portrait: Path) -> None:
    with pytest.raises(gaze.EngineError, match='makes no live rig: use engine="embedded"'):
        liveportrait.rig(portrait)
    prepared = liveportrait.prepare(portrait, max_size=256)
    assert prepared.render(size=256).shape == (256, 256, 3)
    with pytest.raises(gaze.EngineError, match="leave out size"):
        prepared.render(size=64)


def test_auto_takes_it_for_frames_and_the_embedded_engine_for_rigs(
    portrait: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ORT_DYLIB_PATH", raising=False)
    generator = gaze.GazeGenerator(device="cpu", models=models)
    assert generator.engine == "liveportrait"
    assert len(generator.rig(portrait, max_size=256)) > 1000


def test_after_a_fork_it_says_what_to_do(run_python, portrait: Path, models: Path) -> None:
    out = run_python(
        "import os, sys, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "from gaze_generator import GazeGenerator, GazeError\n"
        f"generator = GazeGenerator('liveportrait', device='cpu', models={str(models)!r})\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    try: generator.sweep('portrait.png')\n"
        "    except GazeError as error: print(error, flush=True)\n"
        "    os._exit(0)\n"
        "os.waitpid(child, 0)\n",
        ORT_DYLIB_PATH="",
    )
    assert "networks do not survive a fork" in out
    assert "spawn" in out
