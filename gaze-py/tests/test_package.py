"""The package itself: its examples, its command, how fast it is there."""

from __future__ import annotations

import doctest
import importlib.metadata
import inspect
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import gaze_generator as gaze


def documented():
    """Every public object with the text that documents it."""
    yield "gaze_generator", gaze.__doc__
    for name in gaze.__all__:
        value = getattr(gaze, name)
        if not (inspect.isclass(value) or inspect.isbuiltin(value) or inspect.isfunction(value)):
            continue
        yield name, value.__doc__
        if inspect.isclass(value) and value.__module__.startswith("gaze_generator"):
            for attribute in vars(value):
                member = getattr(value, attribute)
                if not attribute.startswith("_") and (callable(member) or inspect.isdatadescriptor(member)):
                    yield f"{name}.{attribute}", member.__doc__


EXAMPLES = [(name, text) for name, text in documented() if text and ">>>" in text]


@pytest.mark.parametrize(("name", "text"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_examples(name: str, text: str, portrait: Path) -> None:
    test = doctest.DocTestParser().get_doctest(inspect.cleandoc(text), {}, name, None, 0)
    results = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test)
    assert (results.failed, results.attempted > 0) == (0, True)


def test_every_function_has_an_example() -> None:
    names = {name for name, _ in EXAMPLES}
    assert names >= {
        "gaze_generator",
        "GazeGenerator",
        "GazeGenerator.generate",
        "GazeGenerator.sweep",
        "GazeGenerator.prepare",
        "GazeGenerator.rig",
        "GazeGenerator.faces",
        "PreparedPortrait.render",
        "PreparedPortrait.rig",
        "Pose",
        "Pose.looking_at",
        "Result.contact_sheet",
        "Rig",
        "open_rig",
    }
    for name, text in documented():
        assert text, f"{name} is not documented"


def test_the_command_is_there(portrait: Path) -> None:
    gaze_command = Path(sysconfig.get_path("scripts")) / "gaze"

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([gaze_command, *arguments], capture_output=True, text=True, timeout=120)

    assert run("--version").stdout.split() == ["gaze", gaze.__version__]
    assert run("generate", "portrait.png", "--only-rig").returncode == 0
    assert gaze.open_rig("portrait.gaze").frame_size == (512, 512)
    assert run("generate").returncode == 2
    assert run("generate", "nothing.png", "--only-rig").returncode == 3
    assert "engine embedded" in run("doctor").stdout


def test_versions_agree() -> None:
    assert importlib.metadata.version("gaze-generator") == gaze.__version__


def test_importing_loads_neither_numpy_nor_others(run_python) -> None:
    out = run_python(
        "import sys, gaze_generator\n"
        "print(sorted({'numpy', 'PIL', 'tqdm', 'anywidget', 'ray'} & set(sys.modules)))"
    )
    assert out.strip() == "[]"


def test_onnxruntime_is_found_in_the_environment_of_the_interpreter(run_python, tmp_path: Path) -> None:
    package = tmp_path / "onnxruntime"
    (package / "capi").mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('it must not be imported')")
    models = tmp_path / "models"
    models.mkdir()
    for name in ("appearance_feature_extractor", "motion_extractor", "stitching", "warping_spade"):
        (models / f"{name}.onnx").write_bytes(b"no model")
    out = run_python(
        "from gaze_generator import GazeGenerator, GazeError\n"
        "try: GazeGenerator('liveportrait', models='models')\n"
        "except GazeError as error: print(error)\n",
        PYTHONPATH=str(tmp_path),
        ORT_DYLIB_PATH="",
    )
    assert str(package / "capi") in out or "onnxruntime" in out


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_memory_is_flat_over_many_portraits(run_python, portrait: Path) -> None:
    out = run_python(
        "import gc\n"
        "from gaze_generator import GazeGenerator\n"
        "def resident():\n"
        "    gc.collect()\n"
        "    return int(next(l for l in open('/proc/self/status') if l.startswith('VmRSS')).split()[1])\n"
        "generator = GazeGenerator('embedded')\n"
        "for i in range(25):\n"
        "    for _ in generator.sweep('portrait.png', grid=4, max_size=256): pass\n"
        "    generator.rig('portrait.png', max_size=256)\n"
        "    if i == 4: first = resident()\n"
        "print(resident() - first)\n"
    )
    assert int(out) < 30_000
