"""Types for those who check theirs: what a portrait may be, and the options of each method."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypedDict, Union

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = [
    "BulkOptions",
    "Crop",
    "EngineName",
    "EyeStyle",
    "FloatPrecision",
    "FolderOptions",
    "Frame",
    "GenerateOptions",
    "Landmarks",
    "Layout",
    "Portrait",
    "PortraitOptions",
    "RigOptions",
    "Stage",
    "SupportsArray",
    "SupportsArrayInterface",
    "SupportsDLPack",
    "SweepOptions",
]

Crop = Literal["none"] | Literal["bust"] | Literal["head"]
EngineName = Literal["auto"] | Literal["embedded"] | Literal["liveportrait"]
EyeStyle = Literal["auto"] | Literal["soft"]
FloatPrecision = Literal["auto"] | Literal["fp32"] | Literal["fp16"]
Landmarks = Literal["embedded"] | Literal["insightface"]
Layout = Literal["quadrants"] | Literal["single"]
#: What a run is at, in this order.
Stage = (
    Literal["initializing"]
    | Literal["loading"]
    | Literal["preparing"]
    | Literal["generating"]
    | Literal["removing_bg"]
    | Literal["stitching"]
    | Literal["complete"]
)


class SupportsArray(Protocol):
    """Whatever NumPy makes an array of, such as tensors on the CPU."""

    def __array__(self) -> np.ndarray[Any, Any]: ...


class SupportsArrayInterface(Protocol):
    """Whatever describes its memory to NumPy."""

    @property
    def __array_interface__(self) -> dict[str, Any]: ...


class SupportsDLPack(Protocol):
    """Whatever hands its memory over by DLPack, on the CPU."""

    def __dlpack__(self) -> Any: ...

    def __dlpack_device__(self) -> tuple[Any, Any]: ...


#: One frame: height x width x 3 (RGB) or x 4 (RGBA, straight alpha).
Frame = np.ndarray[Any, np.dtype[np.uint8]]
#: A path, the bytes of a picture file, a picture of Pillow's, or an array of uint8, or of floats from 0 to 1.
Portrait = Union[
    str,
    os.PathLike[str],
    bytes,
    bytearray,
    memoryview,
    "Image",
    np.ndarray[Any, Any],
    SupportsArray,
    SupportsArrayInterface,
    SupportsDLPack,
]


class PortraitOptions(TypedDict, total=False):
    """What :meth:`GazeGenerator.prepare` takes; see :meth:`GazeGenerator.generate` for each."""

    max_size: int
    face: int | tuple[float, float] | tuple[tuple[float, float], tuple[float, float]] | None
    crop: Crop
    remove_background: bool
    background: str | tuple[int, int, int] | None
    eyes: EyeStyle


class RigOptions(PortraitOptions, total=False):
    """What :meth:`GazeGenerator.rig` takes."""

    rig_quality: int


class SweepOptions(PortraitOptions, total=False):
    """What :meth:`GazeGenerator.sweep` takes."""

    grid: int
    pupil: float
    head_yaw_deg: float
    head_pitch_deg: float
    eyebrow: float


class FolderOptions(SweepOptions, total=False):
    """What says how a folder of results is written."""

    layout: Layout
    quality: int
    pack: bool
    blink: bool
    rig: bool
    rig_quality: int
    resume: bool


class GenerateOptions(FolderOptions, total=False):
    """What :meth:`GazeGenerator.generate` takes."""

    force: bool


class BulkOptions(FolderOptions, total=False):
    """What :func:`gaze_generator.bulk.run` takes for all portraits, beyond its own arguments."""

    landmarks: Landmarks
    batch: int | None
    onnxruntime: str | os.PathLike[str] | None
    precision: FloatPrecision
    tf32: bool
    cuda_graph: bool
