"""CUDA's libraries as pip installs them.

``onnxruntime-gpu[cuda,cudnn]`` brings them in packages named ``nvidia-...``, where the system's loader does
not look.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from pathlib import Path

#: What ONNX Runtime's CUDA provider is linked with, each after what it needs itself.
_LIBRARIES = ("nvJitLink", "cudart", "nvrtc", "cublasLt", "cublas", "cufft", "curand", "cudnn")


def preload() -> list[Path]:
    """Loads them, so that a library that needs one by name finds it. Those that were loaded.

    Whatever does not load is left to the system's own: ONNX Runtime says what is missing, where anything is.
    """
    loaded = []
    for path in _find():
        try:
            ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)
        except OSError:
            continue
        loaded.append(path)
    return loaded


def _find() -> list[Path]:
    spec = importlib.util.find_spec("nvidia")
    folders = list(spec.submodule_search_locations or []) if spec else []
    if sys.platform == "win32":
        for folder in folders:
            for binaries in sorted(Path(folder).glob("*/bin")):
                os.add_dll_directory(str(binaries))
        return []
    # One folder a library in CUDA 12's packages, one for most of them in CUDA 13's.
    return [
        path
        for name in _LIBRARIES
        for folder in folders
        for path in sorted(Path(folder).glob(f"*/lib/lib{name}.so.*"))
    ]
