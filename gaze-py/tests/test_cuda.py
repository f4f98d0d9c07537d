"""CUDA's libraries from pip: found, and loaded in an order that works. No GPU is needed for that."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the loader of Linux")


def some_library() -> Path:
    """A library that is always there and needs nothing that is not, to stand for one of NVIDIA's."""
    maps = Path("/proc/self/maps").read_text().split()
    return next(Path(path) for path in maps if "/libm.so" in path or "/libm-" in path)


def test_libraries_are_loaded_after_what_they_need(run_python, tmp_path: Path) -> None:
    for package, name in (
        ("cudnn", "libcudnn.so.9"),
        ("cublas", "libcublas.so.12"),
        ("cublas", "libcublasLt.so.12"),
    ):
        folder = tmp_path / "site" / "nvidia" / package / "lib"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(some_library(), folder / name)
    broken = tmp_path / "site" / "nvidia" / "cu13" / "lib"
    broken.mkdir(parents=True)
    (broken / "libcudart.so.13").write_bytes(b"no library")
    script = (
        "from gaze_generator._cuda import preload\n"
        "print([path.name for path in preload()])\n"
        "print(sum('/nvidia/' in line for line in open('/proc/self/maps')) >= 3)\n"
    )
    out = run_python(script, PYTHONPATH=str(tmp_path / "site"))
    assert out.splitlines() == ["['libcublasLt.so.12', 'libcublas.so.12', 'libcudnn.so.9']", "True"]


def test_without_them_nothing_happens(run_python) -> None:
    assert run_python("from gaze_generator._cuda import preload; print(preload())").strip() == "[]"
