"""What tests share. They run against the installed package: see scripts/test-python.sh."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

ASTRONAUT = Path(os.environ.get("GAZE_PORTRAIT", Path(__file__).parents[2] / "examples" / "astronaut.png"))


def pytest_configure(config: pytest.Config) -> None:
    """Fails where the source tree is what would be tested."""
    import gaze_generator

    source = Path(__file__).parents[1] / "python"
    if not os.environ.get("GAZE_SOURCE_TREE") and source in Path(gaze_generator.__file__).parents:
        pytest.exit("gaze_generator comes from the source tree: install the wheel", returncode=3)


@pytest.fixture
def portrait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A picture of a face in a folder of its own, which is the working folder."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copy(ASTRONAUT, tmp_path / "portrait.png"))


@pytest.fixture(scope="session")
def generator():
    from gaze_generator import GazeGenerator

    return GazeGenerator("embedded")


@pytest.fixture
def run_python(tmp_path: Path):
    """Runs a script in an interpreter of its own; what it printed."""
    import subprocess

    def run(script: str, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
